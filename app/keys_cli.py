"""carbonledger-server keys …: what receipts and the log's checkpoints are signed with. Commands only parse and call."""

from typing import Annotated, Literal

import typer

from app.environment import settings_of_environment

keys_app = typer.Typer(help="Signing keys: create, rotate, list, revoke.", no_args_is_help=True)


@keys_app.command()
def create() -> None:
    """Make the first keys, for receipts and for the log, under the name in CARBONLEDGER_ISSUER."""
    from app.commands.keys import create

    typer.echo(create(settings_of_environment()))


@keys_app.command()
def rotate(
    *,
    purpose: Annotated[Literal["receipt", "log"], typer.Option(help="Which key to replace.")],
) -> None:
    """Put a new key in the place of the active one; what the old one signed stays good."""
    from app.commands.keys import rotate

    typer.echo(rotate(settings_of_environment(), purpose=purpose))


@keys_app.command("list")
def list_all() -> None:
    """Show every key ever, and what became of it."""
    from app.commands.keys import listed

    typer.echo(listed(settings_of_environment()))


@keys_app.command(context_settings={"ignore_unknown_options": True})  # one id in 64 begins with a dash
def revoke(
    kid: Annotated[str, typer.Argument(metavar="KID", help="Id of the key, as `keys list` shows it.")],
    *,
    reason: Annotated[str, typer.Option(help="For operators to read; not published.")],
) -> None:
    """Take back a key that was stolen or lost: nothing that it signs from now on is good. The next is made at once."""
    from app.commands.keys import revoke

    typer.echo(revoke(settings_of_environment(), kid, reason=reason))

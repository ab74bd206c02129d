"""carbonledger-server operators …: who sees what belongs to no organization. Commands only parse and call."""

from typing import Annotated

import typer

from app.environment import settings_of_environment

operators_app = typer.Typer(help="Operators: people who see the credit pool in the dashboard.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="The address that the person signed up with.")]


@operators_app.command("grant")
def grant(email: Email) -> None:
    """Make a person an operator."""
    from app.commands.operators import grant

    typer.echo(grant(settings_of_environment(), email))


@operators_app.command("revoke")
def revoke(email: Email) -> None:
    """Take that back."""
    from app.commands.operators import revoke

    typer.echo(revoke(settings_of_environment(), email))


@operators_app.command("list")
def list_all() -> None:
    """The operators' addresses."""
    from app.commands.operators import listed

    typer.echo(listed(settings_of_environment()))

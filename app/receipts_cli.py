"""carbonledger-server receipts …: receipts of every organization, for operators. Commands only parse and call."""

from typing import Annotated, Literal

import typer

from app.environment import settings_of_environment

receipts_app = typer.Typer(help="Receipts: list them, void them, order others in their place.", no_args_is_help=True)

Note = Annotated[str, typer.Option(help="What happened; the owner reads it, the public does not.")]
Replace = Annotated[bool, typer.Option("--replace", help="Order another receipt in its place.")]


@receipts_app.command("list")
def list_receipts(
    *,
    organization: Annotated[
        str | None, typer.Option(help="Of one organization only; its public id, as org_12.")
    ] = None,
    at_most: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the last ones first.")] = 50,
) -> None:
    """Show how far receipts have come, and which are void."""
    from app.commands.receipts import listed

    typer.echo(listed(settings_of_environment(), organization=organization, at_most=at_most))


@receipts_app.command()
def void(
    serial: Annotated[str, typer.Argument(help="Serial number of an issued receipt, as CL-2026-10-….")],
    *,
    reason: Annotated[
        Literal["error_found", "credit_invalidated", "key_compromised"],
        typer.Option(help="Public. Receipts of invalidated credits are voided by themselves: `credits invalidate`."),
    ],
    note: Note,
    replace: Replace = False,
) -> None:
    """Say that a receipt no longer stands. Cannot be undone; the same once more changes nothing."""
    from app.commands.receipts import void

    typer.echo(void(settings_of_environment(), serial, reason=reason, note=note, replace=replace))


@receipts_app.command("void-signed-by")
def void_signed_by(
    key: Annotated[str, typer.Argument(help="Id of a revoked or retired key, as `keys list` shows it.")],
    *,
    from_leaf: Annotated[int, typer.Option(min=0, help="First leaf of the log that is in doubt.")],
    note: Note,
    replace: Replace = False,
) -> None:
    """Void what a compromised key signed from a leaf of the log on."""
    from app.commands.receipts import void_signed_by

    typer.echo(void_signed_by(settings_of_environment(), key, from_leaf=from_leaf, note=note, replace=replace))

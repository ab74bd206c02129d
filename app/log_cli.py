"""carbonledger-server log …: the transparency log, for operators. Commands only parse and call."""

from typing import Annotated

import typer

from app.environment import settings_of_environment

log_app = typer.Typer(help="The transparency log of receipts.", no_args_is_help=True)


@log_app.command()
def audit(*, json: Annotated[bool, typer.Option("--json", help="Print findings as JSON.")] = False) -> None:
    """Replay the whole log from its entries and hold it against the ledger; 1 if anything is wrong."""
    from app.commands.log import as_json, as_text, audit_log

    found = audit_log(settings_of_environment())
    typer.echo(as_json(found) if json else as_text(found))
    raise typer.Exit(0 if found.is_whole else 1)

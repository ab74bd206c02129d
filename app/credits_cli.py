"""carbonledger-server credits …: the pool of carbon credits, for operators. Commands only parse and call."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.environment import settings_of_environment

credits_app = typer.Typer(
    help="Carbon credits: take in, list, retire, bring evidence, invalidate, reconcile.", no_args_is_help=True
)


@credits_app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV of serial number blocks; its columns are in docs/runbook.md.")],
    *,
    evidence: Annotated[
        Path | None, typer.Option(help="Evidence of retired units: one file, or the folder of those that rows name.")
    ] = None,
) -> None:
    """Take blocks of credits into the pool; all of the file or nothing."""
    from app.commands.credits import import_file

    typer.echo(import_file(settings_of_environment(), file, evidence=evidence))


@credits_app.command("list")
def list_pool() -> None:
    """Show what is held, ordered, retired, invalidated, allotted and free, and what waits."""
    from app.commands.credits import list_pool

    typer.echo(list_pool(settings_of_environment()))


@credits_app.command()
def retire(
    block: Annotated[int, typer.Argument(help="Id of the block, as `credits list` shows it.")],
    units: Annotated[int, typer.Argument(min=1, help="How many of its held units.")],
) -> None:
    """Order held units to be retired ahead, as whole units."""
    from app.commands.credits import retire

    typer.echo(retire(settings_of_environment(), block_id=block, units=units))


@credits_app.command()
def evidence(
    retirement: Annotated[int, typer.Argument(help="Id of the retirement, as `credits list` shows it.")],
    file: Annotated[Path, typer.Argument(help="What the registry shows: a statement or a page, as a file.")],
    *,
    registry_id: Annotated[str, typer.Option(help="The registry's own id of the retirement.")],
    retired_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day that the registry shows.")],
    beneficiary: Annotated[str, typer.Option(help="The beneficiary, as the registry shows it.")],
    serial: Annotated[str | None, typer.Option(help="Serial numbers, if others were retired than ordered.")] = None,
    reason: Annotated[str | None, typer.Option(help="The reason that the registry shows.")] = None,
    account_holder: Annotated[str | None, typer.Option(help="Whose account it was.")] = None,
    url: Annotated[str | None, typer.Option(help="Where anybody can see it.")] = None,
) -> None:
    """Say that an ordered retirement has been done, with the file that shows it."""
    from app.commands.credits import bring_evidence
    from billing.credits.operator_evidence import RegistryStatement

    statement = RegistryStatement(
        registry_retirement_id=registry_id,
        retired_on=retired_on.date(),
        beneficiary_on_registry=beneficiary,
        serial_number_range=serial,
        reason=reason,
        account_holder=account_holder,
        public_url=url,
    )
    typer.echo(bring_evidence(settings_of_environment(), retirement, file, statement=statement))


@credits_app.command()
def invalidate(
    *,
    reason: Annotated[str, typer.Option(help="Why; the owners of voided receipts read it.")],
    block: Annotated[int | None, typer.Option(help="Id of the block whose --units are invalid.")] = None,
    units: Annotated[str | None, typer.Option(help="Its units, as 58384-58385; both ends are included.")] = None,
    retirement: Annotated[int | None, typer.Option(help="Or all units of this retirement.")] = None,
) -> None:
    """Say that a registry took units back: they back nothing any more. Cannot be undone.

    Periods that they backed get fresh grams, and their receipts are voided and replaced.
    """
    from app.commands.credits import invalidate_retirement, invalidate_units, read_units

    settings = settings_of_environment()
    if retirement is not None and block is None and units is None:
        typer.echo(invalidate_retirement(settings, retirement, reason=reason))
    elif retirement is None and block is not None and units is not None:
        typer.echo(invalidate_units(settings, block_id=block, units=read_units(units), reason=reason))
    else:
        raise typer.BadParameter("give either --block and --units, or --retirement")


@credits_app.command()
def reconcile() -> None:
    """Hold the pool against its evidence and the broker; 1 if something differs."""
    from app.commands.credits import reconcile

    found = reconcile(settings_of_environment())
    typer.echo("\n".join(found) or "no difference")
    raise typer.Exit(1 if found else 0)

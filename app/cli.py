"""carbonledger-server: the command line. Commands only parse and call; what they call is imported when it is called.

Exit codes: 0 done, 1 it failed and may succeed later, 2 bad input or a state that somebody has to change first.
"""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.billing_cli import billing_app
from app.credits_cli import credits_app
from app.environment import settings_of_environment
from app.keys_cli import keys_app
from app.log_cli import log_app
from app.operators_cli import operators_app
from app.organizations_cli import organizations_app
from app.receipts_cli import receipts_app

app = typer.Typer(
    name="carbonledger-server",
    help="CarbonLedger turns the token usage of AI provider accounts into CO2e.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(credits_app, name="credits")
app.add_typer(billing_app, name="billing")
app.add_typer(operators_app, name="operators")
app.add_typer(organizations_app, name="organizations")
app.add_typer(keys_app, name="keys")
app.add_typer(log_app, name="log")
app.add_typer(receipts_app, name="receipts")

DEFAULT_PORT = 8321
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on


@app.command()
def demo(
    *,
    port: Annotated[int, typer.Option(help="Port of the page; the next free one if it is taken.")] = DEFAULT_PORT,
    dagster: Annotated[bool, typer.Option(help="Start the Dagster UI too.")] = True,
    days: Annotated[int, typer.Option(min=2, max=90, help="Days of usage that the sandbox providers have.")] = 90,
    paid: Annotated[bool, typer.Option(help="Make a second organization that pays, with two closed months.")] = True,
) -> None:
    """From nothing to a page: sandbox providers and Stripe, 90 days of usage, the server and the Dagster UI."""
    from app.demo.run import Wanted, run_demo

    run_demo(settings_of_environment(), Wanted(port=port, days=days, dagster=dagster, paid=paid))


@app.command()
def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help=f"Port; {DEFAULT_PORT} or the next free one if not given.")
    ] = None,
    api_only: Annotated[bool, typer.Option("--api-only", help="The API alone, without dashboard and worker.")] = False,
    worker: Annotated[bool, typer.Option(help="Poll and build in a child process; off where Dagster does.")] = True,
) -> None:
    """Serve the API and the dashboard, and poll and build beside them."""
    from app.listen import listen
    from app.server import serve

    settings = settings_of_environment()
    listening = listen(host, DEFAULT_PORT if port is None else port, may_move=port is None)
    moved = listening.getsockname()[1]
    if "public_url" not in settings.model_fields_set:
        reached_at = "127.0.0.1" if host in EVERY_ADDRESS else f"[{host}]" if ":" in host else host
        settings = settings.model_copy(update={"public_url": f"http://{reached_at}:{moved}"})
    surface: Literal["api", "api and dashboard"] = "api" if api_only else "api and dashboard"
    serve(settings, listening=listening, surface=surface, with_worker=worker and not api_only)


@app.command()
def migrate() -> None:
    """Bring the database up to date."""
    from core.database import database_urls
    from core.migrations.migrate import migrate

    applied = migrate(database_urls(settings_of_environment()))
    typer.echo("\n".join(f"applied {name}" for name in applied) or "the database is up to date")


@app.command()
def poll(
    *,
    cause: Annotated[
        Literal["hourly", "daily", "weekly", "monthly", "backfill"],
        typer.Option(help="How far to read back: 6 hours, 48 hours, 7 days, 62 days, or all that is missing."),
    ] = "hourly",
) -> None:
    """Read the usage of every active connection."""
    from app.commands.poll import poll

    typer.echo(poll(settings_of_environment(), cause=cause))


@app.command()
def build(
    *,
    target: Annotated[Literal["postgres", "duckdb"], typer.Option(help="Engine that computes.")] = "postgres",
    snapshot: Annotated[Path | None, typer.Option(help="Folder that `snapshot` wrote; for duckdb.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="DuckDB file to write; marts.duckdb in the snapshot's folder if not given.")
    ] = None,
    full_refresh: Annotated[bool, typer.Option("--full-refresh", help="Compute everything again.")] = False,
    test: Annotated[bool, typer.Option("--test", help="Run the warehouse's tests after the models.")] = False,
) -> None:
    """Compute the marts from what was polled."""
    from app.commands.build import build

    typer.echo(
        build(
            settings_of_environment(),
            target=target,
            snapshot=snapshot,
            output=output,
            full_refresh=full_refresh,
            with_tests=test,
        )
    )


@app.command()
def snapshot(folder: Annotated[Path, typer.Argument(help="Folder to write; made if it is not there.")]) -> None:
    """Write every table that the warehouse reads as Parquet, from one moment."""
    from app.commands.snapshot import snapshot

    typer.echo(snapshot(settings_of_environment(), folder=folder))


@app.command()
def doctor() -> None:
    """Check database, migrations, roles, vault, providers, keys, polls, builds and mails; 0 if all is well."""
    from app.commands.doctor import examine

    findings = list(examine(settings_of_environment()))
    for finding in findings:
        typer.echo(finding.line)
    raise typer.Exit(max(finding.exit_code for finding in findings))


def main() -> None:
    """The entry point. An error of ours is one line on stderr."""
    from core.errors import CarbonLedgerError, PermanentError

    try:
        app(prog_name="carbonledger-server")
    except CarbonLedgerError as error:
        typer.echo(f"error: {error.sentence}", err=True)
        sys.exit(2 if isinstance(error, PermanentError) else 1)


if __name__ == "__main__":
    main()

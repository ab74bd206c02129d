"""carbonledger-server billing …: what operators decide of an organization. Commands only parse and call."""

from typing import Annotated

import typer

from app.environment import settings_of_environment

billing_app = typer.Typer(help="Billing: lift a hold, try a dead Stripe event again.", no_args_is_help=True)


@billing_app.command("lift-hold")
def lift_hold(organization: Annotated[str, typer.Argument(help="Public id, as org_12.")]) -> None:
    """Retire credits for an organization again after a refund or a dispute."""
    from app.commands.billing import lift_hold

    typer.echo(lift_hold(settings_of_environment(), organization))


@billing_app.command("retry-event")
def retry_event(event: Annotated[str, typer.Argument(help="Id of the event, as evt_….")]) -> None:
    """Put a dead Stripe event back into the inbox, with all its attempts before it."""
    from app.commands.billing import retry_event

    typer.echo(retry_event(settings_of_environment(), event))

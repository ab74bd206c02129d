"""carbonledger-server organizations …: what operators do to whole organizations. Commands only parse and call."""

from typing import Annotated

import typer

from app.environment import settings_of_environment

organizations_app = typer.Typer(help="Organizations: delete one, go on with those being deleted.", no_args_is_help=True)


@organizations_app.command("delete")
def delete(
    organization: Annotated[str | None, typer.Argument(help="Public id, as org_12; none: all being deleted.")] = None,
    *,
    name: Annotated[str, typer.Option(help="Its name, typed once more; for one that is not being deleted yet.")] = "",
) -> None:
    """Close an organization at once and for good; two minutes later the worker, or this again, erases it. See
    docs/retention.md.
    """
    from app.commands.organizations import delete_organization

    typer.echo(delete_organization(settings_of_environment(), organization, name=name))

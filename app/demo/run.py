"""`carbonledger-server demo`: sandbox providers and Stripe, an organization with 90 days of usage, the server, Dagster.

Everything is made by the product's own functions and carried out by its own worker. A second run finds all that an
earlier one made and goes on where it stopped, however that one ended.
"""

import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.accounts.operators import grant_operator
from app.context import ServerContext
from app.demo.addresses import NoAnswerError, free_port, wait_until_it_answers, wait_until_it_is_there
from app.demo.credits import stock_pool
from app.demo.filling import Filling
from app.demo.home import DemoFacts, DemoHome
from app.demo.keys import ISSUER, make_keys
from app.demo.ledger import ORGANIZATION, open_connections, open_organization
from app.demo.paid import PaidOrganization
from app.demo.processes import ProcessEndedError, Processes
from app.demo.progress import Report
from app.demo.providers import SPARE_KEY, write_sandbox_config
from app.demo.stripe_sandbox import StripeDesk, refuse_live_key, selling, start_stripe
from app.server_context import server_context
from app.terminate import exit_on_terminate
from core.clock import SystemClock
from core.migrations.migrate import migrate
from core.settings import Settings, child_environment

WORKSPACE = Path(__file__).parents[2] / "workspace.yaml"
DAGSTER_PORT = 3070
PATIENCE_SECONDS = 60.0
DAGSTER_PATIENCE_SECONDS = 240.0
WATCH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Wanted:
    """`port`: or the next free one. `paid`: a second organization, which pays, is made once the first one is shown."""

    port: int
    days: int
    dagster: bool
    paid: bool


def run_demo(settings: Settings, wanted: Wanted) -> None:
    """Until Ctrl-C.

    Raises LiveKeyError, DemoRunsError, NotADemoError, PortTakenError, and ProcessEndedError if a part of it ends.
    """
    refuse_live_key(settings)
    home, report, began = DemoHome.of(settings), Report(), time.monotonic()
    facts = home.facts(days=wanted.days, now=SystemClock().now())
    try:
        with exit_on_terminate(), home.held(), Processes(home.logs) as processes:
            try:
                _run(home, facts, report, processes, settings, wanted, began=began)
            finally:
                report.say("Stopping …")
    except KeyboardInterrupt:
        report.say("Stopped. Run it again to go on where it was.")


def _run(
    home: DemoHome,
    facts: DemoFacts,
    report: Report,
    processes: Processes,
    settings: Settings,
    wanted: Wanted,
    *,
    began: float,
) -> None:
    url = f"http://127.0.0.1:{free_port(wanted.port)}"
    with report.step("Sandbox providers, Stripe"):
        stripe_file = start_stripe(home, processes, settings, public_url=url)
        sandbox_url = _start_sandbox(home, facts, processes, settings)
        stripe_url = wait_until_it_is_there(stripe_file, processes=processes, seconds=PATIENCE_SECONDS).strip()
    with report.step("Database"):
        told = selling(_demo_settings(settings, home, sandbox_url=sandbox_url, public_url=url), stripe_url=stripe_url)
        context = server_context(told)
        migrate(context.database.urls)
    with closing(context.database):
        with report.step("Organization, connections"):
            session = open_organization(context, facts, email=facts.email, name=ORGANIZATION)
            org_id = session.org_id
            grant_operator(context.database, facts.email, now=context.clock.now())  # who tries it runs it too
            open_connections(context, org_id)
            stock_pool(context, home.folder)
            make_keys(context)
        with report.step("Server"):
            _start_server(context, processes)
        home.announce(f"{url}, log in as {facts.email}")
        report.say(f"  {url} is up and fills as usage arrives.")
        Filling(context, org_id, processes=processes, report=report).run(
            since=facts.usage_starts_at, sandbox_url=sandbox_url
        )
        dagster_url = _start_dagster(context, processes) if wanted.dagster and WORKSPACE.exists() else None
        seconds = time.monotonic() - began
        report.summary(url=url, facts=facts, dagster_url=dagster_url, spare_key=SPARE_KEY, seconds=seconds)
        if dagster_url is not None:
            _await_dagster(dagster_url, processes, report)
        if wanted.paid and context.stripe is not None:
            desk = StripeDesk(stripe_url)
            PaidOrganization(context, context.stripe, desk, processes=processes, report=report).make(facts)
            report.paid_summary(url=url, facts=facts)
        while True:
            processes.check()
            time.sleep(WATCH_SECONDS)


def _start_sandbox(home: DemoHome, facts: DemoFacts, processes: Processes, settings: Settings) -> str:
    """The sandbox's own URL, once it answers; on a port that it finds itself, so that two demos never want the same."""
    write_sandbox_config(home.sandbox_file, facts)
    ready_file = home.folder / "sandbox.url"
    ready_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "sandbox", "usage", "--config", str(home.sandbox_file)]
    processes.start(
        "sandbox", [*command, "--port", "0", "--ready-file", str(ready_file)], environment=child_environment(settings)
    )
    return wait_until_it_is_there(ready_file, processes=processes, seconds=PATIENCE_SECONDS).strip()


def _demo_settings(settings: Settings, home: DemoHome, *, sandbox_url: str, public_url: str) -> Settings:
    """What the demo's processes are told: all of it their own, so that no real ledger, key or mailbox is touched."""
    return settings.model_copy(
        update={
            "home": home.folder,
            "database_url": None,
            "worker_database_url": None,
            "app_database_url": None,
            "public_url": public_url,
            "secrets_backend": "local",
            "openai_base_url": f"{sandbox_url}/openai/v1",
            "anthropic_base_url": f"{sandbox_url}/anthropic",
            "openrouter_base_url": f"{sandbox_url}/openrouter/api/v1",
            "broker_api_key": None,
            "issuer": ISSUER.did,
            "smtp_url": None,
            "alert_urls": None,
        }
    )


def _start_server(context: ServerContext, processes: Processes) -> None:
    url = context.settings.public_url
    command = [sys.executable, "-m", "app.cli", "serve", "--port", url.rpartition(":")[2]]
    processes.start("server", command, environment=child_environment(context.settings))
    wait_until_it_answers(f"{url}/health/live", processes=processes, seconds=PATIENCE_SECONDS)


def _await_dagster(url: str, processes: Processes, report: Report) -> None:
    """Says when it answers; the demo goes on without it if it does not."""
    try:
        wait_until_it_answers(url, processes=processes, seconds=DAGSTER_PATIENCE_SECONDS)
    except (NoAnswerError, ProcessEndedError) as error:
        processes.forget("dagster")
        report.say(f"{error.sentence}\nThe demo goes on without Dagster.")
    else:
        report.say(f"Dagster answers at {url}")


def _start_dagster(context: ServerContext, processes: Processes) -> str:
    port = free_port(DAGSTER_PORT)
    command = [sys.executable, "-m", "orchestration", "--port", str(port)]
    processes.start("dagster", command, environment=child_environment(context.settings))
    return f"http://127.0.0.1:{port}"

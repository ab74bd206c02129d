"""A world whose usage is mapped in parts: two accounts, three projects, a key that moved, one build of it all."""

from dataclasses import dataclass
from datetime import UTC, datetime

from core.clock import FixedClock
from core.database import Database, fetch_one
from tests.app.tenants import Tenant, a_tenant
from tests.app.usage_data import Account, an_account, observe
from warehouse.build import build

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MappedWorld:
    """`openai`: proj_a belongs to Search, key_2 since the 21st, 10:30 to Chat, the rest to Default. `router`: Default.

    Tokens of gpt-5 at OpenAI: 600 of key_1 and 300 of key_2 in proj_a (200 of them before 10:30 on the 21st), 90 of
    key_3 in proj_b, 10 of no key and no project; and 1,000 of key_3 for images, which have no estimate.
    """

    ada: Tenant
    bob: Tenant
    openai: Account
    router: Account
    bob_openai: Account
    search: int
    chat: int


def hour(day: int, hour_of_day: int) -> datetime:
    return datetime(2026, 11, day, hour_of_day, tzinfo=UTC)


def build_mapped_world(database: Database) -> MappedWorld:
    ada, bob = a_tenant(database, "Ada", now=NOW), a_tenant(database, "Bob", now=NOW)
    world = MappedWorld(
        ada=ada,
        bob=bob,
        openai=an_account(database, ada.org_id, provider="openai", label="OpenAI", project_id=ada.project_id, now=NOW),
        router=an_account(database, ada.org_id, provider="openrouter", label="Router", project_id=ada.project_id,
                          now=NOW),
        bob_openai=an_account(database, bob.org_id, provider="openai", label="Bob", project_id=bob.project_id, now=NOW),
        search=_a_project(database, ada.org_id, "Search"),
        chat=_a_project(database, ada.org_id, "Chat"),
    )  # fmt: skip
    _workload(database, world.openai, "project", "proj_a", world.search, "(,)")
    _workload(database, world.openai, "api_key", "key_2", world.chat, "[2026-11-21 10:30+00,)")
    identify(database, world.openai, ("project", "proj_a"), ("project", "proj_idle"), ("api_key", "key_1"),
              ("api_key", "key_idle"), ("user", "user_1"))  # fmt: skip
    identify(database, world.router, ("project", "ws_1"))
    _observe(database, world)
    build(database, clock=FixedClock(NOW))
    return world


def _observe(database: Database, world: MappedWorld) -> None:
    def openai(at: datetime, uncached: int, requests: int, part: tuple[str | None, str | None], model: str) -> None:
        observe(database, world.openai, started_at=at, model=model, uncached=uncached, requests=requests,
                provider_project=part[0], api_key=part[1])  # fmt: skip

    one, two, three = ("proj_a", "key_1"), ("proj_a", "key_2"), ("proj_b", "key_3")
    openai(hour(20, 9), 500, 5, one, "gpt-5")
    openai(hour(21, 9), 100, 1, one, "gpt-5")
    openai(hour(21, 10), 200, 2, two, "gpt-5")
    openai(hour(21, 11), 100, 1, two, "gpt-5")
    openai(hour(21, 11), 90, 1, three, "gpt-5")
    openai(hour(21, 12), 1_000, 1, three, "gpt-image-1")
    openai(hour(21, 12), 10, 1, (None, None), "gpt-5")
    observe(database, world.router, started_at=hour(20, 0), model="meta-llama/llama-3.3-70b-instruct", uncached=7,
            requests=1, provider_project="ws_1")  # fmt: skip
    # Counted at OpenAI: left out of every total.
    observe(database, world.router, started_at=hour(20, 0), model="openai/gpt-5", uncached=5, requests=1,
            byok_requests=1, provider_project="ws_2")  # fmt: skip
    observe(database, world.bob_openai, started_at=hour(20, 9), model="gpt-5", uncached=7_777, requests=7,
            provider_project="proj_a", api_key="key_1")  # fmt: skip


def _workload(database: Database, account: Account, kind: str, value: str, project_id: int, in_force: str) -> None:
    with database.worker() as connection:
        connection.execute(
            "insert into ops.workloads (org_id, account_id, selector_kind, selector_value, project_id, in_force,"
            " created_at) values (%s, %s, %s, %s, %s, %s::tstzrange, %s)",
            [account.org_id, account.account_id, kind, value, project_id, in_force, NOW],
        )


def identify(database: Database, account: Account, *identifiers: tuple[str, str]) -> None:
    with database.worker() as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.account_identifiers (org_id, account_id, kind, value, first_seen_at)"
            " values (%s, %s, %s, %s, %s)",
            [(account.org_id, account.account_id, kind, value, NOW) for kind, value in identifiers],
        )


def _a_project(database: Database, org_id: int, name: str) -> int:
    with database.tenant(org_id) as connection:
        row = fetch_one(
            connection,
            "insert into ops.projects (org_id, name, created_at) values (%s, %s, %s) returning id",
            [org_id, name, NOW],
        )
    return int(row["id"])

"""A small world with built marts: two organizations and every kind of row that a summary has to tell apart."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.clock import FixedClock
from core.database import Database, fetch_one
from tests.app.tenants import Tenant, a_tenant
from tests.app.usage_data import Account, an_account, observe
from warehouse.build import build

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COMPLETE = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class World:
    """`ada` uses three providers and two projects; `bob` one of each, on the same days and models."""

    ada: Tenant
    bob: Tenant
    ada_openai: Account
    ada_anthropic: Account
    ada_openrouter: Account
    bob_openai: Account
    ada_search_project: int


def hour(day: int, hour_of_day: int) -> datetime:
    return datetime(2026, 11, day, hour_of_day, tzinfo=UTC)


def build_world(database: Database) -> World:
    ada, bob = a_tenant(database, "Ada", now=NOW), a_tenant(database, "Bob", now=NOW)
    search = _a_project(database, ada.org_id, "Search")
    world = World(
        ada=ada,
        bob=bob,
        ada_openai=an_account(database, ada.org_id, provider="openai", label="Ada OpenAI", project_id=ada.project_id,
                              now=NOW, data_through=COMPLETE),
        ada_anthropic=an_account(database, ada.org_id, provider="anthropic", label="Ada Claude", project_id=search,
                                 now=NOW, data_through=hour(22, 10)),
        ada_openrouter=an_account(database, ada.org_id, provider="openrouter", label="Ada Router", project_id=search,
                                  now=NOW, data_through=hour(20, 0), status="error"),
        bob_openai=an_account(database, bob.org_id, provider="openai", label="Bob OpenAI", project_id=bob.project_id,
                              now=NOW, data_through=COMPLETE),
        ada_search_project=search,
    )  # fmt: skip
    _observe_ada(database, world)
    bobs: dict[str, Any] = {"started_at": hour(20, 9), "model": "gpt-5", "uncached": 7_777, "requests": 7}
    observe(database, world.bob_openai, output=70, **bobs)
    observe(database, world.bob_openai, output=77, revision=2, **bobs)
    build(database, clock=FixedClock(NOW))
    return world


def _observe_ada(database: Database, world: World) -> None:
    openai, claude, router = world.ada_openai, world.ada_anthropic, world.ada_openrouter
    # OpenAI reports no cache writes; Anthropic reports no requests.
    hourly: dict[str, Any] = {"write_5m": None, "write_1h": None}
    observe(database, openai, started_at=hour(20, 9), model="gpt-5", uncached=1_000, cache_read=4_000, output=200,
            requests=3, **hourly)  # fmt: skip
    observe(database, openai, started_at=hour(20, 10), model="gpt-5", uncached=10, cache_read=0, output=2,
            requests=1, api_key="key_1", **hourly)  # fmt: skip
    # Revised after it was first read; and a bucket that OpenAI took back.
    for revision, output in ((1, 60), (2, 70)):
        observe(database, openai, started_at=hour(21, 23), model="gpt-4o-mini", uncached=300, cache_read=50,
                output=output, requests=2, revision=revision, **hourly)  # fmt: skip
    for revision, uncached in ((1, 400), (2, 0)):
        observe(database, openai, started_at=hour(21, 22), model="gpt-5", uncached=uncached, requests=0,
                revision=revision, is_tombstone=revision == 2, **hourly)  # fmt: skip
    observe(database, openai, started_at=hour(21, 23), model="gpt-image-1", uncached=900, output=100, requests=9,
            **hourly)  # fmt: skip
    observe(database, openai, started_at=hour(22, 0), model="zorblax-9", uncached=5_000, output=600, requests=4,
            api_key="key_2", **hourly)  # fmt: skip
    observe(database, claude, started_at=hour(20, 9), model="claude-sonnet-4-5", uncached=2_000, cache_read=30_000,
            write_5m=1_500, write_1h=250, output=900)  # fmt: skip
    observe(database, claude, started_at=hour(22, 8), model="claude-opus-4-1", uncached=11, cache_read=13, write_5m=17,
            write_1h=19, output=23, provider_project="wrkspc_1")  # fmt: skip
    observe(database, router, started_at=hour(19, 0), model="meta-llama/llama-3.3-70b-instruct", uncached=640,
            cache_read=None, write_5m=None, write_1h=None, output=64, requests=8)  # fmt: skip
    observe(database, router, started_at=hour(19, 0), model="openai/gpt-5", uncached=5_555, cache_read=None,
            write_5m=None, write_1h=None, output=555, requests=5, byok_requests=5)  # fmt: skip


def _a_project(database: Database, org_id: int, name: str) -> int:
    with database.tenant(org_id) as connection:
        row = fetch_one(
            connection,
            "insert into ops.projects (org_id, name, created_at) values (%s, %s, %s) returning id",
            [org_id, name, NOW],
        )
    return int(row["id"])

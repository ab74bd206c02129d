"""The parts that an account's usage can be mapped by, with their shares, on really built marts."""

from datetime import datetime

import pytest

from app.telemetry.names import NamedProject
from app.telemetry.seen_selectors import SeenSelector, seen_selectors
from app.telemetry.time_span import TimeSpan
from core.database import Database
from core.errors import NotFoundError
from ingestion.mapping import Selector
from tests.app.telemetry.mapped_world import NOW, MappedWorld, hour, identify
from tests.app.tenants import a_tenant
from tests.app.usage_data import an_account

pytestmark = pytest.mark.database

TWO_DAYS = TimeSpan(hour(20, 0), hour(22, 0))


def by_selector(
    mapped: tuple[Database, MappedWorld], *, span: TimeSpan = TWO_DAYS, now: datetime = NOW
) -> dict[tuple[str, str], SeenSelector]:
    database, world = mapped
    seen = seen_selectors(database, world.ada.org_id, world.openai.connection_id, span=span, now=now)
    return {tuple(each.selector): each for each in seen}  # type: ignore[misc] # a selector is a pair


def test_projects_come_before_keys_and_the_busiest_first(mapped: tuple[Database, MappedWorld]) -> None:
    assert [(each.selector, each.tokens, each.requests) for each in by_selector(mapped).values()] == [
        (("project", "proj_b"), 1_090, 2),
        (("project", "proj_a"), 900, 9),
        (("project", "(none)"), 10, 1),
        (("project", "proj_idle"), None, None),
        (("api_key", "key_3"), 1_090, 2),
        (("api_key", "key_1"), 600, 6),
        (("api_key", "key_2"), 300, 3),
        (("api_key", "(none)"), 10, 1),
        (("api_key", "key_idle"), None, None),
    ]


def test_shares_are_of_the_accounts_tokens_and_of_its_emissions(mapped: tuple[Database, MappedWorld]) -> None:
    seen = by_selector(mapped)
    # Of 2,000 tokens, and of the emissions of 1,000 tokens of one model: images have tokens and no estimate.
    assert {value: (each.token_share_millionths, each.co2e_share_millionths) for (_, value), each in seen.items()} == {
        "proj_b": (545_000, 90_000),
        "proj_a": (450_000, 900_000),
        "(none)": (5_000, 10_000),
        "proj_idle": (0, 0),
        "key_3": (545_000, 90_000),
        "key_1": (300_000, 600_000),
        "key_2": (150_000, 300_000),
        "key_idle": (0, 0),
    }
    whole, part = seen["project", "proj_a"].co2e_micrograms_central, seen["api_key", "key_2"].co2e_micrograms_central
    assert whole is not None
    assert part is not None
    assert 0 < part * 3 == whole


def test_a_selector_shows_the_project_of_its_own_workload_now(mapped: tuple[Database, MappedWorld]) -> None:
    _, world = mapped
    after, before = by_selector(mapped), by_selector(mapped, now=hour(21, 10))
    search, chat = NamedProject(world.search, "Search"), NamedProject(world.chat, "Chat")
    assert {key: each.project for key, each in after.items() if each.project} == {
        ("project", "proj_a"): search,
        ("api_key", "key_2"): chat,
    }
    assert {key: each.project for key, each in before.items() if each.project} == {("project", "proj_a"): search}


def test_a_key_is_recognised_by_the_project_it_was_used_in(mapped: tuple[Database, MappedWorld]) -> None:
    hints = {key: each.name_hint for key, each in by_selector(mapped).items() if each.name_hint}
    assert hints == {("api_key", "key_1"): "proj_a", ("api_key", "key_2"): "proj_a", ("api_key", "key_3"): "proj_b"}


def test_a_span_is_half_open_and_need_not_be_whole_days(mapped: tuple[Database, MappedWorld]) -> None:
    seen = by_selector(mapped, span=TimeSpan(hour(21, 9), hour(21, 11)))
    assert {key: each.tokens for key, each in seen.items() if each.tokens} == {
        ("project", "proj_a"): 300,
        ("api_key", "key_2"): 200,
        ("api_key", "key_1"): 100,
    }


def test_without_usage_there_is_nothing_to_share(mapped: tuple[Database, MappedWorld]) -> None:
    seen = by_selector(mapped, span=TimeSpan(hour(1, 0), hour(2, 0)))
    assert sorted(seen) == [
        ("api_key", "key_1"),
        ("api_key", "key_idle"),
        ("project", "proj_a"),
        ("project", "proj_idle"),
    ]
    assert {(each.tokens, each.token_share_millionths, each.co2e_share_millionths) for each in seen.values()} == {
        (None, None, None)
    }


def test_openrouter_has_no_keys_and_what_is_left_out_is_seen_but_not_counted(
    mapped: tuple[Database, MappedWorld],
) -> None:
    database, world = mapped
    seen = seen_selectors(database, world.ada.org_id, world.router.connection_id, span=TWO_DAYS, now=NOW)
    assert [(each.selector, each.tokens, each.token_share_millionths) for each in seen] == [
        (Selector("project", "ws_1"), 7, 1_000_000),
        (Selector("project", "ws_2"), None, 0),
    ]


def test_somebody_elses_connection_is_not_there(mapped: tuple[Database, MappedWorld]) -> None:
    database, world = mapped
    for connection_id in (world.bob_openai.connection_id, 10**9):
        with pytest.raises(NotFoundError):
            seen_selectors(database, world.ada.org_id, connection_id, span=TWO_DAYS, now=NOW)


def test_before_the_first_build_the_known_ids_are_shown(database: Database) -> None:
    ada = a_tenant(database, "Ada", now=NOW)
    account = an_account(database, ada.org_id, provider="openai", label="New", project_id=ada.project_id, now=NOW)
    identify(database, account, ("project", "proj_a"), ("user", "user_1"))
    (seen,) = seen_selectors(database, ada.org_id, account.connection_id, span=TWO_DAYS, now=NOW)
    assert (seen.selector, seen.tokens, seen.project) == (("project", "proj_a"), None, None)

"""What would go where, on really built marts."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from app.telemetry.grouping import GroupBy
from app.telemetry.mapping_preview import Preview, preview_correction, preview_mapping
from app.telemetry.summary import summary
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import UsageFilter
from core.database import Database
from core.errors import NotFoundError
from ingestion.errors import InvalidMappingError, InvalidSelectorError, UnknownProjectError
from ingestion.mapping import WHOLE_ACCOUNT, MappingChange, Selector
from tests.app.telemetry.mapped_world import NOW, MappedWorld, hour
from tests.app.tenants import a_tenant
from tests.app.usage_data import an_account

pytestmark = pytest.mark.database

TWO_DAYS = TimeSpan(hour(20, 0), hour(22, 0))
PROJ_A, PROJ_B, NO_PROJECT = (Selector("project", value) for value in ("proj_a", "proj_b", "(none)"))
KEY_1, KEY_2, NO_KEY = (Selector("api_key", value) for value in ("key_1", "key_2", "(none)"))


def previewed(
    mapped: tuple[Database, MappedWorld], *changes: MappingChange, at: datetime = NOW, span: TimeSpan = TWO_DAYS
) -> Preview:
    database, world = mapped
    return preview_mapping(database, world.ada.org_id, world.openai.connection_id, changes, span=span, at=at)


def corrected(
    mapped: tuple[Database, MappedWorld], selector: Selector, *, start: datetime | None, end: datetime, project_id: int
) -> Preview:
    database, world = mapped
    return preview_correction(
        database,
        world.ada.org_id,
        world.openai.connection_id,
        selector,
        start=start,
        end=end,
        project_id=project_id,
    )


def moves(found: Preview) -> Sequence[tuple[str | None, str | None, int | None, str, str]]:
    return [
        (part.provider_project_id, part.api_key_id, part.tokens, part.before.name, part.after.name)
        for part in found.parts
    ]


def tokens(found: Preview) -> dict[str, tuple[int, int]]:
    return {each.project.name: (each.tokens_before, each.tokens_after) for each in found.projects}


def test_mapping_the_account_to_its_own_project_moves_nothing(mapped: tuple[Database, MappedWorld]) -> None:
    found = previewed(mapped, MappingChange(WHOLE_ACCOUNT, mapped[1].ada.project_id))
    assert moves(found) == [
        (None, None, 10, "Default", "Default"),
        ("proj_a", "key_1", 600, "Search", "Search"),
        ("proj_a", "key_2", 300, "Chat", "Chat"),
        ("proj_b", "key_3", 1_090, "Default", "Default"),
    ]
    assert tokens(found) == {"Chat": (300, 300), "Default": (1_100, 1_100), "Search": (600, 600)}


def test_the_mapping_in_force_at_the_change_is_what_it_changes(mapped: tuple[Database, MappedWorld]) -> None:
    found = previewed(mapped, MappingChange(NO_KEY, None), at=hour(21, 10))
    assert tokens(found) == {
        "Default": (1_100, 1_100),
        "Search": (900, 900),
    }


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (WHOLE_ACCOUNT, {"Chat": (300, 1_400), "Default": (1_100, 0), "Search": (600, 600)}),
        (PROJ_A, {"Chat": (300, 900), "Default": (1_100, 1_100), "Search": (600, 0)}),
        (PROJ_B, {"Chat": (300, 1_390), "Default": (1_100, 10), "Search": (600, 600)}),
        (NO_PROJECT, {"Chat": (300, 310), "Default": (1_100, 1_090), "Search": (600, 600)}),
        (KEY_1, {"Chat": (300, 900), "Default": (1_100, 1_100), "Search": (600, 0)}),
        (KEY_2, {"Chat": (300, 300), "Default": (1_100, 1_100), "Search": (600, 600)}),
        (NO_KEY, {"Chat": (300, 310), "Default": (1_100, 1_090), "Search": (600, 600)}),
    ],
)
def test_the_most_specific_selector_wins(
    mapped: tuple[Database, MappedWorld], selector: Selector, expected: dict[str, tuple[int, int]]
) -> None:
    assert tokens(previewed(mapped, MappingChange(selector, mapped[1].chat))) == expected


def test_a_removed_selectors_usage_falls_to_the_less_specific_one(mapped: tuple[Database, MappedWorld]) -> None:
    key = previewed(mapped, MappingChange(KEY_2, None))
    assert tokens(key) == {"Chat": (300, 0), "Default": (1_100, 1_100), "Search": (600, 900)}
    both = previewed(mapped, MappingChange(KEY_2, None), MappingChange(PROJ_A, None))
    assert tokens(both) == {"Chat": (300, 0), "Default": (1_100, 2_000), "Search": (600, 0)}


def test_emissions_move_with_the_tokens_and_none_is_lost(mapped: tuple[Database, MappedWorld]) -> None:
    database, world = mapped
    found = previewed(mapped, MappingChange(PROJ_A, world.chat))
    only = UsageFilter(connection_id=world.openai.connection_id)
    total = summary(database, world.ada.org_id, span=TWO_DAYS, only=only).totals.co2e
    assert total is not None
    moved = {each.project.name: (each.co2e_micrograms_before, each.co2e_micrograms_after) for each in found.projects}
    # gpt-5 alone has an estimate: 300, 100 and 600 of 1,000 tokens before; 900, 100 and none after.
    thousandth = total.central / 1_000
    assert moved == {
        "Chat": (thousandth * 300, thousandth * 900),
        "Default": (thousandth * 100, thousandth * 100),
        "Search": (thousandth * 600, 0),
    }


def test_a_correction_starts_from_what_is_shown_now(mapped: tuple[Database, MappedWorld]) -> None:
    found = corrected(mapped, KEY_2, start=None, end=NOW, project_id=mapped[1].ada.project_id)
    assert moves(found) == [
        ("proj_a", "key_2", 200, "Search", "Default"),
        ("proj_a", "key_2", 100, "Chat", "Default"),
    ]
    assert tokens(found) == {"Chat": (100, 0), "Default": (0, 300), "Search": (200, 0)}


def test_a_correction_takes_the_buckets_that_begin_in_its_span(mapped: tuple[Database, MappedWorld]) -> None:
    default = mapped[1].ada.project_id
    found = corrected(mapped, PROJ_A, start=hour(21, 9), end=hour(21, 11), project_id=default)
    assert tokens(found) == {"Default": (0, 300), "Search": (300, 0)}
    later = corrected(mapped, WHOLE_ACCOUNT, start=hour(21, 11), end=hour(21, 12), project_id=default)
    assert tokens(later) == {"Chat": (100, 0), "Default": (90, 190)}


def test_a_preview_says_what_the_totals_by_project_say(mapped: tuple[Database, MappedWorld]) -> None:
    database, world = mapped
    only = UsageFilter(connection_id=world.openai.connection_id)
    shown = summary(database, world.ada.org_id, span=TWO_DAYS, group_by=(GroupBy.PROJECT,), only=only)
    found = corrected(mapped, WHOLE_ACCOUNT, start=TWO_DAYS.start, end=TWO_DAYS.end, project_id=world.ada.project_id)
    assert {each.project.name: each.co2e_micrograms_before for each in found.projects} == {
        row.group["project_name"]: row.measures.co2e.central for row in shown.rows if row.measures.co2e
    }


def test_what_is_somebody_elses_is_not_there(mapped: tuple[Database, MappedWorld]) -> None:
    database, world = mapped
    org_id, foreign = world.ada.org_id, world.bob.project_id
    with pytest.raises(UnknownProjectError):
        previewed(mapped, MappingChange(PROJ_A, foreign))
    with pytest.raises(UnknownProjectError):
        corrected(mapped, PROJ_A, start=None, end=NOW, project_id=foreign)
    connection_id = world.bob_openai.connection_id
    with pytest.raises(NotFoundError, match="connection"):
        preview_mapping(database, org_id, connection_id, [MappingChange(PROJ_A, world.chat)], span=TWO_DAYS, at=NOW)
    with pytest.raises(NotFoundError, match="connection"):
        preview_correction(database, org_id, connection_id, WHOLE_ACCOUNT, start=None, end=NOW, project_id=world.chat)


def test_what_no_mapping_can_be_is_refused(mapped: tuple[Database, MappedWorld]) -> None:
    for changes in (
        (),
        (MappingChange(WHOLE_ACCOUNT, None),),
        (MappingChange(KEY_1, None), MappingChange(KEY_1, None)),
    ):
        with pytest.raises(InvalidMappingError):
            previewed(mapped, *changes)
    no_id = Selector("api_key", "key\x00")
    with pytest.raises(InvalidSelectorError):
        previewed(mapped, MappingChange(no_id, None))
    with pytest.raises(InvalidSelectorError):
        corrected(mapped, no_id, start=None, end=NOW, project_id=mapped[1].chat)


def test_before_the_first_build_nothing_moves(database: Database) -> None:
    ada = a_tenant(database, "Ada", now=NOW)
    account = an_account(database, ada.org_id, provider="openai", label="New", project_id=ada.project_id, now=NOW)
    changes = [MappingChange(PROJ_A, ada.project_id)]
    assert preview_mapping(database, ada.org_id, account.connection_id, changes, span=TWO_DAYS, at=NOW) == Preview(
        [], []
    )

from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from ingestion.providers.openrouter_remainder import Cell, Share, Tally, divide, shares_of
from tests.ingestion.providers.wire import MIDNIGHT

COUNTS = [field.name for field in fields(Tally)]
CELL = Cell(MIDNIGHT, "openai/gpt-5-mini", "OpenAI")
OTHER = Cell(MIDNIGHT, "openai/gpt-5-mini", "Azure")


def tally(requests: int = 0, prompt: int = 0, completion: int = 0, *, cached: int | None = 0) -> Tally:
    return Tally(requests, prompt, completion, cached, reasoning=0, byok_requests=0)


def share(workspace: str | None, counts: Tally) -> Share:
    return Share(workspace, counts, {"workspace": workspace})


def summed(shares: list[Share], count: str) -> int:
    return sum(getattr(one.tally, count) or 0 for one in shares)


def test_what_no_workspace_accounts_for_is_left_over() -> None:
    whole = share(None, tally(10, 1000, 90, cached=400))
    first, second = share("a", tally(4, 300, 40, cached=100)), share("b", tally(5, 600, 50, cached=300))
    assert shares_of(whole, [first, second]) == [
        first,
        second,
        Share(
            None,
            tally(1, 100, 0, cached=0),
            {
                "whole": {"workspace": None},
                "less": [
                    {"workspace": "a", "row": {"workspace": "a"}},
                    {"workspace": "b", "row": {"workspace": "b"}},
                ],
            },
        ),
    ]


def test_nothing_left_over_is_no_share() -> None:
    counts = tally(10, 1000, 90, cached=400)
    assert shares_of(share(None, counts), [share("a", counts)]) == [share("a", counts)]


def test_a_cell_that_no_workspace_knows_is_the_account_s_alone() -> None:
    whole = share(None, tally(10, 1000, 90))
    assert shares_of(whole, []) == [whole]


def test_workspaces_that_exceed_the_whole_are_overruled_by_it() -> None:
    whole = share(None, tally(10, 1000, 90))
    cells = {"a": {CELL: share("a", tally(6, 700, 50))}, "b": {CELL: share("b", tally(4, 301, 40))}}
    assert divide({CELL: whole}, cells) == ({CELL: [whole]}, 1)


def test_a_cell_that_only_a_workspace_knows_is_not_counted() -> None:
    whole = share(None, tally(10, 1000, 90))
    assert divide({CELL: whole}, {"a": {OTHER: share("a", tally(1, 1, 1))}}) == ({CELL: [whole]}, 1)


def test_a_count_that_only_one_side_reports_cannot_be_subtracted() -> None:
    whole, part = share(None, tally(10, 1000, 90, cached=None)), share("a", tally(5, 500, 45, cached=10))
    assert shares_of(whole, [part]) is None
    unknown = shares_of(whole, [share("a", tally(5, 500, 45, cached=None))])
    assert unknown is not None
    assert unknown[1].tally == tally(5, 500, 45, cached=None)


small = st.integers(min_value=0, max_value=2**40)
tallies = st.builds(Tally, small, small, small, small, small, small)
workspaces = st.dictionaries(st.sampled_from(["a", "b", "c"]), tallies, max_size=3)


@given(workspaces=workspaces, rest=tallies)
def test_shares_add_up_to_the_whole_count_by_count(workspaces: dict[str, Tally], rest: Tally) -> None:
    parts = [*workspaces.values(), rest]
    whole = Tally(*(sum(getattr(part, count) for part in parts) for count in COUNTS))
    shares = shares_of(share(None, whole), [share(name, counts) for name, counts in workspaces.items()])
    assert shares is not None
    assert {count: summed(shares, count) for count in COUNTS} == {count: getattr(whole, count) for count in COUNTS}
    assert [one.tally for one in shares if one.workspace is not None] == list(workspaces.values())


@given(whole=st.dictionaries(st.sampled_from([CELL, OTHER]), tallies), parts=st.lists(workspaces, max_size=2))
def test_totals_equal_the_unfiltered_answer_whatever_the_workspaces_say(
    whole: dict[Cell, Tally], parts: list[dict[str, Tally]]
) -> None:
    by_workspace: dict[str, dict[Cell, Share]] = {}
    for cell, named in zip([CELL, OTHER], parts, strict=False):
        for name, counts in named.items():
            by_workspace.setdefault(name, {})[cell] = share(name, counts)
    divided, _ = divide({cell: share(None, counts) for cell, counts in whole.items()}, by_workspace)
    assert divided.keys() == whole.keys()
    for cell, shares in divided.items():
        assert {count: summed(shares, count) for count in COUNTS} == {
            count: getattr(whole[cell], count) for count in COUNTS
        }

"""Dimensions from what callers write."""

import pytest

from app.telemetry.grouping import GroupBy, UnknownGroupByError, grouping


@pytest.mark.parametrize(
    ("names", "dimensions"),
    [
        ([], ()),
        (["model"], (GroupBy.MODEL,)),
        (["day,model"], (GroupBy.DAY, GroupBy.MODEL)),
        (["day", " model , project", "day"], (GroupBy.DAY, GroupBy.MODEL, GroupBy.PROJECT)),
        ([""], ()),
    ],
)
def test_names_may_be_repeated_or_a_comma_list(names: list[str], dimensions: tuple[GroupBy, ...]) -> None:
    assert grouping(names) == dimensions


@pytest.mark.parametrize("names", [["colour"], ["model,colour"], ["MODEL"], ["model;drop table"]])
def test_an_unknown_name_is_refused_with_what_is_allowed(names: list[str]) -> None:
    with pytest.raises(UnknownGroupByError, match="model, day, hour, project, connection, provider, key") as refusal:
        grouping(names)
    assert "colour" not in refusal.value.sentence

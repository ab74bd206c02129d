"""Sets of spans against sets of hours."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ingestion.spans import EARLIEST, LATEST, Span, Spans, common, complement, merged, without

ORIGIN = datetime(2026, 11, 1, tzinfo=UTC)
HOURS = 24


def hour(number: int) -> datetime:
    return ORIGIN + timedelta(hours=number)


@st.composite
def span_sets(draw: st.DrawFn) -> list[Span]:
    edges = draw(st.lists(st.tuples(st.integers(0, HOURS), st.integers(0, HOURS)), max_size=6))
    return [Span(hour(first), hour(second)) for first, second in edges]


def hours_of(spans: list[Span] | Spans) -> set[int]:
    return {n for n in range(-1, HOURS + 1) if any(span.start <= hour(n) < span.end for span in spans)}


@given(span_sets())
def test_merged_spans_are_the_same_instants_sorted_and_apart(spans: list[Span]) -> None:
    result = merged(spans)
    assert hours_of(result) == hours_of(spans)
    assert all(left.end < right.start for left, right in pairwise(result))


@given(span_sets(), span_sets())
def test_common_and_without_divide_a_set(first: list[Span], second: list[Span]) -> None:
    both, rest = common(first, second), without(first, second)
    assert hours_of(both) == hours_of(first) & hours_of(second)
    assert hours_of(rest) == hours_of(first) - hours_of(second)
    assert merged([*both, *rest]) == merged(first)


@given(span_sets())
def test_a_complement_is_the_rest_of_time(spans: list[Span]) -> None:
    assert merged([*spans, *complement(spans)]) == (Span(EARLIEST, LATEST),)
    assert common(spans, complement(spans)) == ()

"""From usage to a provider's rows: counts summed per bucket and group, as far as the clock lets them exist.

Usage that is spread over a span is dealt out by a running total, so that the parts of any cut add up to the whole.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from sandbox.usage.records import Counts, Labels, Usage, total

Group = TypeVar("Group", bound=Hashable)


def roll_up(
    usages: Iterable[Usage], *, width_ms: int, start_ms: int, end_ms: int, group: Callable[[Labels], Group]
) -> dict[int, dict[Group, Counts]]:
    """Counts by bucket start (a multiple of `width_ms`) and group, of what happened in [start_ms, end_ms)."""
    gathered: dict[int, dict[Group, list[Counts]]] = {}
    groups_of: dict[Labels, Group] = {}
    for usage in usages:
        if usage.labels not in groups_of:
            groups_of[usage.labels] = group(usage.labels)
        key = groups_of[usage.labels]
        for bucket_ms, counts in _dealt(usage, width_ms, start_ms, end_ms):
            gathered.setdefault(bucket_ms, {}).setdefault(key, []).append(counts)
    return {
        bucket_ms: {key: total(parts) for key, parts in groups.items()}
        for bucket_ms, groups in sorted(gathered.items())
    }


def _dealt(usage: Usage, width_ms: int, start_ms: int, end_ms: int) -> Iterator[tuple[int, Counts]]:
    first = usage.started_ms // width_ms * width_ms
    if usage.span_ms == 0:
        if start_ms <= usage.started_ms < end_ms:
            yield first, usage.counts
        return
    stop_ms = min(usage.started_ms + usage.span_ms, end_ms)
    for bucket_ms in range(first, stop_ms, width_ms):
        part_start = max(bucket_ms, start_ms, usage.started_ms)
        part_end = min(bucket_ms + width_ms, stop_ms)
        if part_start < part_end:
            counts = _portion(usage, part_start, part_end)
            if any(counts):
                yield bucket_ms, counts


def _portion(usage: Usage, start_ms: int, end_ms: int) -> Counts:
    if end_ms - start_ms == usage.span_ms:
        return usage.counts
    before, after = start_ms - usage.started_ms, end_ms - usage.started_ms
    return Counts(*(n * after // usage.span_ms - n * before // usage.span_ms for n in usage.counts))

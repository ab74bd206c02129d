"""Usage as a provider knows it at an instant, under the rules that delay, revise or re-attribute it.

Once every such rule's instant has passed, what is seen is what was used: no rule loses or invents anything for good.
"""

from collections.abc import Iterable, Sequence

from sandbox.usage.fault_rules import EmptyAnswer, LateRows, Reattribution, Revision, Rule, unix_ms
from sandbox.usage.records import HOUR_MS, Counts, Usage

_MINUTE_MS = 60_000


def as_known(usages: Iterable[Usage], rules: Sequence[Rule], *, now_ms: int) -> list[Usage]:
    """The usage as it is answered at `now_ms`."""
    for rule in rules:
        match rule:
            case EmptyAnswer():
                if rule.parameters.until is None or now_ms < unix_ms(rule.parameters.until):
                    return []
            case LateRows():
                usages = [usage for usage in usages if not _is_late(usage, rule, now_ms)]
            case Revision() if now_ms < unix_ms(rule.parameters.at):
                usages = [_unrevised(usage, rule) for usage in usages]
            case Reattribution() if now_ms < unix_ms(rule.parameters.at):
                usages = [_unattributed(usage, rule) for usage in usages]
            case _:
                pass
    return list(usages)


def _is_late(usage: Usage, rule: LateRows, now_ms: int) -> bool:
    closes_ms = (usage.started_ms // HOUR_MS + 1) * HOUR_MS
    is_hidden = now_ms < closes_ms + rule.parameters.minutes * _MINUTE_MS
    return is_hidden and rule.parameters.touches(usage.started_ms, usage.lot)


def _unrevised(usage: Usage, rule: Revision) -> Usage:
    if not rule.parameters.touches(usage.started_ms, usage.lot):
        return usage
    percent = rule.parameters.percent
    tokens = Counts(*(count * percent // 100 for count in usage.counts))
    return usage._replace(
        counts=tokens._replace(
            requests=-(-usage.counts.requests * percent // 100),
            byok_requests=-(-usage.counts.byok_requests * percent // 100),
        )
    )


def _unattributed(usage: Usage, rule: Reattribution) -> Usage:
    parameters = rule.parameters
    if not parameters.touches(usage.started_ms, usage.lot):
        return usage
    if parameters.dimension == "project":
        return usage._replace(labels=usage.labels._replace(project=parameters.value))
    return usage._replace(labels=usage.labels._replace(api_key=parameters.value))

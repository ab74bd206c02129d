"""The fault rules that were posted, and which of them a request meets."""

from sandbox.usage.fault_rules import CrashAfterPages, Rule
from sandbox.usage.identities import Provider


class FaultBook:
    def __init__(self) -> None:
        self._rules: list[tuple[Rule, list[int]]] = []

    def add(self, rules: list[Rule]) -> None:
        self._rules += [(rule, [0]) for rule in rules]

    def clear(self) -> None:
        self._rules.clear()

    def rules(self) -> list[Rule]:
        return [rule for rule, _ in self._rules]

    def in_force(self, *, provider: Provider, endpoint: str, organization_id: str) -> list[Rule]:
        """The rules for the request that comes in now; counts it."""
        found = []
        for rule, matched in self._rules:
            if rule.provider != provider or rule.endpoint not in {None, endpoint}:
                continue
            if rule.organization_id not in {None, organization_id}:
                continue
            matched[0] += 1
            first = rule.from_request + (rule.parameters.pages if isinstance(rule, CrashAfterPages) else 0)
            if matched[0] >= first and (rule.times is None or matched[0] < first + rule.times):
                found.append(rule)
        return found

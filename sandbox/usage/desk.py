"""The desk that every request passes: whose key it is, which faults are in force, and how an answer leaves."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.responses import Response

from sandbox.broken_off import BrokenOffResponse
from sandbox.clock import SandboxClock
from sandbox.usage.accounts import Account, Accounts
from sandbox.usage.api_error import ApiError, Dialect
from sandbox.usage.distortion import as_known
from sandbox.usage.fault_book import FaultBook
from sandbox.usage.fault_rules import (
    CrashAfterPages,
    Forbidden,
    Oddity,
    RateLimited,
    Rule,
    ScopeStatus,
    ServerError,
    Slow,
)
from sandbox.usage.page import page_answer
from sandbox.usage.records import Usage

RuleType = TypeVar("RuleType", bound=Rule)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request that was let in. `now_ms` stands still while it is answered."""

    account: Account
    key: str
    now_ms: int
    rules: list[Rule]

    def usage(self, start_ms: int, end_ms: int) -> list[Usage]:
        """What the provider knows now of usage in [start_ms, end_ms), none of it later than now."""
        found = self.account.source.between(start_ms, min(end_ms, self.now_ms))
        return as_known(found, self.rules, now_ms=self.now_ms)

    def rule(self, kind: type[RuleType]) -> RuleType | None:
        return next((rule for rule in self.rules if isinstance(rule, kind)), None)

    def has(self, oddity: str) -> bool:
        return any(isinstance(rule, Oddity) and rule.kind == oddity for rule in self.rules)

    def answer(self, body: Mapping[str, Any], *, own_token: str | None = None) -> Response:
        """`own_token` is the page token that would bring this same page again."""
        if self.rule(CrashAfterPages):
            return BrokenOffResponse()
        return page_answer(dict(body), self.rules, own_token=own_token)


class Desk:
    def __init__(self, accounts: Accounts, clock: SandboxClock, faults: FaultBook) -> None:
        self._accounts, self._clock, self._faults = accounts, clock, faults

    async def admit(self, dialect: Dialect, endpoint: str, key: str | None, *, any_kind: bool = False) -> Visit:
        """Let the request in, or raise the ApiError that the provider would answer.

        `any_kind`: an inference key will do. Faults are counted for known keys only.
        """
        if not key:
            raise dialect.missing_key()
        known = self._accounts.of_key(dialect.provider, key)
        if known is None:
            raise dialect.unknown_key(key)
        account, kind = known
        rules = self._faults.in_force(
            provider=dialect.provider, endpoint=endpoint, organization_id=account.organization_id
        )
        visit = Visit(account, key, self._clock.now_ms(), rules)
        await _refuse_by_rule(visit, dialect)
        if kind == "revoked":
            raise dialect.unknown_key(key)
        if kind == "project" and not any_kind:
            raise dialect.wrong_kind()
        if kind == "no_scope" and not any_kind:
            scope = visit.rule(ScopeStatus)
            raise dialect.missing_scope(scope.parameters.status if scope else None)
        if forbidden := visit.rule(Forbidden):
            raise dialect.missing_scope(forbidden.parameters.status)
        return visit


async def _refuse_by_rule(visit: Visit, dialect: Dialect) -> None:
    if slow := visit.rule(Slow):
        await asyncio.sleep(slow.parameters.delay_ms / 1000)
    if limited := visit.rule(RateLimited):
        error = dialect.rate_limited()
        if limited.parameters.retry_after is not None:
            error.headers["retry-after"] = str(limited.parameters.retry_after)
        raise error
    if failure := visit.rule(ServerError):
        raise dialect.failed(failure.parameters.status)


def bearer(authorization: str | None) -> str | None:
    """The token of an `Authorization: Bearer …` header."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


__all__ = ["ApiError", "BrokenOffResponse", "Desk", "Visit", "bearer"]

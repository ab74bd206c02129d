"""Once a day each provider is asked for the totals of whole days, apart from usage: accuracy is measured against them.

The answers go to raw.provider_totals and count for nothing; what the days cost is asked beside (provider_costs.py).
Days are asked for once they are closed and settled, and again until they are a week old, for as long as late usage may
still come in.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import SecretStr

from core.clock import Clock, floor_to_day
from core.database import Database
from core.errors import CarbonLedgerError, DatabaseUnavailableError
from core.secret_store import SecretStore
from ingestion.patience import Patience, PatientReader
from ingestion.provider_costs import CostAnswer, as_of_costs, store_costs
from ingestion.providers.protocol import UsageProvider
from ingestion.usage_row import DayTotals, ProviderName, UsageWindow

DAYS = 8
"""The seven days of the promise, and one that has just gone out of them."""

SETTLES_AFTER = timedelta(hours=3)
"""After midnight UTC: by then the last hour of the day before has been polled, and read again."""

ACCOUNTS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class TotalsSummary:
    accounts_asked: int = 0
    accounts_failed: int = 0
    days: int = 0
    error_codes: tuple[str, ...] = ()
    cost_days: int = 0
    cost_error_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Due:
    org_id: int
    account_id: int
    provider: ProviderName
    usage_endpoint: str
    secret_arn: str


@dataclass(frozen=True, slots=True)
class _Answer:
    costs: CostAnswer
    days: Sequence[DayTotals] = ()
    error: CarbonLedgerError | None = None


def totals_due(database: Database, *, now: datetime) -> bool:
    return bool(_due(database, now=now))


def ask_for_totals(
    database: Database,
    providers: Mapping[ProviderName, UsageProvider],
    secrets: SecretStore,
    clock: Clock,
    *,
    patience: Patience | None = None,
) -> TotalsSummary:
    """Ask for every account that is due; one that fails delays no other and is asked again tomorrow.

    A failure changes nothing about the connection: only polls decide on that. Raises DatabaseUnavailableError.
    """
    now = clock.now()
    due = _due(database, now=now)
    answers = asyncio.run(_ask_all(due, providers, secrets, now=now, patience=patience or Patience()))
    for account, answer in zip(due, answers, strict=True):
        _store(database, account, answer, now=now)
    errors = [answer.error.code for answer in answers if answer.error is not None]
    return TotalsSummary(
        accounts_asked=len(due) - len(errors),
        accounts_failed=len(errors),
        days=sum(len(answer.days) for answer in answers),
        error_codes=tuple(sorted(errors)),
        cost_days=sum(len(answer.costs.days) for answer in answers),
        cost_error_codes=tuple(sorted(each.costs.error.code for each in answers if each.costs.error is not None)),
    )


def closed_days(now: datetime) -> UsageWindow:
    """The days to ask for at this time of the clock."""
    end = floor_to_day(now - SETTLES_AFTER)
    return UsageWindow(end - timedelta(days=DAYS), end)


def _due(database: Database, *, now: datetime) -> list[_Due]:
    with database.worker() as connection:
        rows = connection.execute(
            "select connection.org_id, connection.account_id, connection.provider, account.usage_endpoint,"
            " connection.secret_arn from ops.connections as connection"
            " join ops.provider_accounts as account on account.id = connection.account_id"
            " left join ops.total_checks as asked on asked.account_id = connection.account_id"
            " where connection.status = 'active' and connection.last_polled_at is not null"
            " and (asked.asked_at is null or asked.asked_at < %s) order by connection.account_id",
            [closed_days(now).end + SETTLES_AFTER],
        ).fetchall()
    return [_Due(**{**row, "provider": ProviderName(row["provider"])}) for row in rows]


async def _ask_all(
    due: Sequence[_Due],
    providers: Mapping[ProviderName, UsageProvider],
    secrets: SecretStore,
    *,
    now: datetime,
    patience: Patience,
) -> list[_Answer]:
    limit = asyncio.Semaphore(ACCOUNTS_AT_ONCE)

    async def ask_one(account: _Due) -> _Answer:
        provider, window = providers[account.provider], closed_days(now)
        async with limit:
            try:
                key: SecretStr = await asyncio.to_thread(secrets.get, account.secret_arn)
                days = await PatientReader(patience).read(
                    lambda: provider.day_totals(key, usage_endpoint=account.usage_endpoint, window=window, now=now)
                )
            except DatabaseUnavailableError:
                raise
            except CarbonLedgerError as error:
                return _Answer(CostAnswer(error=error), error=error)
            return _Answer(await _costs(provider, key, window, now=now, patience=patience), days)

    return list(await asyncio.gather(*(ask_one(account) for account in due)))


async def _costs(
    provider: UsageProvider, key: SecretStr, window: UsageWindow, *, now: datetime, patience: Patience
) -> CostAnswer:
    """Asked for after the totals, of a key that could read those: what fails here is of costs alone."""
    try:
        return CostAnswer(await PatientReader(patience).read(lambda: provider.day_costs(key, window=window, now=now)))
    except DatabaseUnavailableError:
        raise
    except CarbonLedgerError as error:
        return CostAnswer(error=as_of_costs(error, provider=provider.name))


def _store(database: Database, account: _Due, answer: _Answer, *, now: datetime) -> None:
    error = answer.error
    with database.worker() as connection:
        for total in answer.days:
            counters = total.counters
            connection.execute(
                "insert into raw.provider_totals (account_id, usage_date, asked_at, org_id, provider,"
                " uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,"
                " output_tokens, requests) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
                [
                    account.account_id, total.day, now, account.org_id, account.provider,
                    counters.uncached_input_tokens, counters.cache_read_tokens, counters.cache_write_5m_tokens,
                    counters.cache_write_1h_tokens, counters.output_tokens, counters.requests,
                ],
            )  # fmt: skip
        connection.execute(
            "insert into ops.total_checks (account_id, org_id, asked_at, error_code, error_sentence)"
            " values (%s, %s, %s, %s, %s) on conflict (account_id) do update set asked_at = excluded.asked_at,"
            " error_code = excluded.error_code, error_sentence = excluded.error_sentence",
            [account.account_id, account.org_id, now, error and error.code, error and error.sentence],
        )
        store_costs(connection, account, answer.costs, now=now)

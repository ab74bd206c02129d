"""The parts of a provider account that usage can be mapped by: the provider's projects or workspaces, and keys.

ops.account_identifiers (ids that the provider has shown) and marts.fct_usage (ids that used something in the span),
each with its share of what the account used then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from psycopg import sql

from app.telemetry.freshness import read_freshness
from app.telemetry.measures import TOKENS
from app.telemetry.names import NamedProject, read_names
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_filter import account_behind
from core.database import Connection, Database
from ingestion.mapping import Selector

_A_MILLION = Decimal(1_000_000)
_ROUNDING = Context(prec=60, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class SeenSelector:
    """One part, and what of the account's usage in the span was its own; rows that totals leave out are not counted.

    `name_hint`: for a key the provider's project or workspace that it was used in, where that is one; providers tell
    no names. Counters are None where the provider reports them for none of the rows; a share is None where the whole
    account has nothing to share. Shares are rounded one by one. `project`: of the workload that this selector itself
    has now; None: it has none, and its usage falls to the less specific one.
    """

    selector: Selector
    name_hint: str | None
    requests: int | None
    tokens: int | None
    co2e_micrograms_central: Decimal | None
    token_share_millionths: int | None
    co2e_share_millionths: int | None
    project: NamedProject | None


def seen_selectors(
    database: Database, org_id: int, connection_id: int, *, span: TimeSpan, now: datetime
) -> tuple[SeenSelector, ...]:
    """Provider projects first, then keys; in each kind by tokens, most first, then by id.

    What the provider does not name is the value (none), shown where it was used. OpenRouter tells no keys. Raises
    NotFoundError where the connection is not theirs.
    """
    with database.tenant(org_id) as connection:
        account_id = account_behind(connection, connection_id)
        projects = read_names(connection).projects
        known = connection.execute(_IDENTIFIERS, [account_id]).fetchall()
        mapped = connection.execute(_MAPPED, [account_id, now]).fetchall()
        is_built = read_freshness(connection).built_at is not None
        used = _used(connection, account_id, span) if is_built else []
    whole: Mapping[str, Any] = next((row for row in used if row["kind"] == "account"), {"tokens": None, "co2e": None})
    rows: dict[Selector, Mapping[str, Any]] = {Selector(row["kind"], row["value"]): _UNUSED for row in known}
    rows |= {Selector(row["kind"], row["value"]): row for row in used if row["kind"] != "account"}
    own = {
        Selector(row["kind"], row["value"]): NamedProject(row["project_id"], projects[row["project_id"]])
        for row in mapped
    }
    seen = [_seen(selector, row, whole, own.get(selector)) for selector, row in rows.items()]
    return tuple(sorted(seen, key=_place))


_UNUSED: Mapping[str, Any] = {"name_hint": None, "requests": None, "tokens": None, "co2e": None}

_IDENTIFIERS = """
select kind, value from ops.account_identifiers where account_id = %s and kind in ('project', 'api_key')
"""

_MAPPED = """
select selector_kind as kind, selector_value as value, project_id from ops.workloads
where account_id = %s and in_force @> %s::timestamptz
"""

# One pass over the account's rows for all three: (is it a project, is it a key) are the bits of grouping().
_USED = sql.SQL("""
select
    case grouping(part, key) when 1 then 'project' when 2 then 'api_key' else 'account' end as kind,
    case grouping(part, key) when 1 then part when 2 then key else '(all)' end as value,
    case when grouping(part, key) = 2 and count(distinct part) = 1 and min(part) <> '(none)' then min(part) end
        as name_hint,
    sum(requests) as requests, sum(tokens) as tokens, sum(co2e) as co2e
from (
    select
        coalesce(provider_project_id, '(none)') collate "C" as part,
        coalesce(api_key_id, '(none)') collate "C" as key,
        sum(requests) filter (where is_counted) as requests,
        sum({tokens}) filter (where is_counted) as tokens,
        sum(co2e_micrograms_central) filter (where is_counted) as co2e
    from marts.fct_usage
    where account_id = %(account)s and bucket_started_at >= %(start)s and bucket_started_at < %(end)s
        and usage_date >= %(first_day)s and usage_date <= %(last_day)s
    group by 1, 2
) as by_part
group by grouping sets ((part), (key), ())
having not (grouping(part, key) = 2 and %(without_keys)s)
""").format(tokens=TOKENS)


def _used(connection: Connection, account_id: int, span: TimeSpan) -> list[dict[str, Any]]:
    row = connection.execute("select provider from ops.provider_accounts where id = %s", [account_id]).fetchone()
    parameters = {"account": account_id, "start": span.start, "end": span.end}
    parameters |= {"first_day": span.start.date(), "last_day": span.end.date()}
    parameters["without_keys"] = row is not None and row["provider"] == "openrouter"
    return connection.execute(_USED, parameters).fetchall()


def _seen(
    selector: Selector, row: Mapping[str, Any], whole: Mapping[str, Any], project: NamedProject | None
) -> SeenSelector:
    return SeenSelector(
        selector=selector,
        name_hint=row["name_hint"],
        requests=None if row["requests"] is None else int(row["requests"]),
        tokens=None if row["tokens"] is None else int(row["tokens"]),
        co2e_micrograms_central=row["co2e"],
        token_share_millionths=_share(row["tokens"], whole["tokens"]),
        co2e_share_millionths=_share(row["co2e"], whole["co2e"]),
        project=project,
    )


def _share(part: Decimal | None, whole: Decimal | None) -> int | None:
    if not whole:
        return None
    share = _ROUNDING.divide(_ROUNDING.multiply(part or Decimal(0), _A_MILLION), whole)
    return int(share.quantize(Decimal(1), context=_ROUNDING))


def _place(seen: SeenSelector) -> tuple[bool, int, str]:
    return seen.selector.kind == "api_key", -(seen.tokens or 0), seen.selector.value

"""What raw says that was used: the latest revision of each hash, in the stream in force. One statement, apart from the
warehouse's models, so that the two can be held against each other.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.database import Database, fetch_one
from tests.truth import Cell, Tokens, truth_of

_COUNTED = """
    select latest.* from (
        select distinct on (usage_hash) * from raw.usage_observations
        where account_id = any(%(accounts)s) order by usage_hash, revision desc
    ) latest
    join ops.usage_streams stream on stream.account_id = latest.account_id
        and stream.endpoint_family = latest.endpoint_family and stream.endpoint = latest.endpoint
        and stream.bucket_width = latest.bucket_width and stream.group_by_version = latest.group_by_version
        and stream.in_force @> (latest.bucket_started_at at time zone 'UTC')::date
    where not latest.is_tombstone
"""


def raw_cells(database: Database, *accounts: int) -> dict[Cell, Tokens]:
    """Exact sums by hour, project, key and model, as `tests.truth` computes them from the trace."""
    with database.worker() as connection:
        rows = connection.execute(
            "select bucket_started_at, provider_project_id, api_key_id, model,"
            " sum(uncached_input_tokens) as uncached, sum(cache_read_tokens) as cached,"
            " sum(coalesce(cache_write_5m_tokens, 0) + coalesce(cache_write_1h_tokens, 0)) as written,"
            " sum(output_tokens) as output, sum(coalesce(requests, 0)) as requests"
            f" from ({_COUNTED}) counted group by 1, 2, 3, 4",
            {"accounts": list(accounts)},
        ).fetchall()
    return {
        Cell(row["bucket_started_at"], row["provider_project_id"], row["api_key_id"], row["model"]): Tokens(
            input=int(row["uncached"] + row["cached"] + row["written"]),
            cached=int(row["cached"]),
            written=int(row["written"]),
            output=int(row["output"]),
            requests=int(row["requests"]),
        )
        for row in rows
    }


def raw_facts(database: Database, account_id: int) -> list[tuple[Any, ...]]:
    """Every observation of the account by what it says, sorted: the same after a kill and a second run."""
    with database.worker() as connection:
        rows = connection.execute(
            "select revision, is_tombstone, bucket_started_at, model, provider_project_id, api_key_id,"
            " uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, output_tokens, requests"
            " from raw.usage_observations where account_id = %s",
            [account_id],
        ).fetchall()
    return sorted((tuple(row.values()) for row in rows), key=repr)


def hashes_counted_twice(database: Database) -> int:
    with database.worker() as connection:
        row = fetch_one(
            connection,
            "select count(*) as twice from (select usage_hash from"
            f" ({_COUNTED}) counted group by usage_hash having count(*) > 1) doubles",
            {"accounts": [row["id"] for row in connection.execute("select id from ops.provider_accounts")]},
        )
    return int(row["twice"])


def expected_cells(account: Mapping[str, Any], *, requests_reported: bool = True) -> dict[Cell, Tokens]:
    """The trace's cells as providers tell them: OpenRouter knows no keys, Anthropic's older endpoint no requests."""
    cells: dict[Cell, Tokens] = defaultdict(Tokens)
    for cell, tokens in truth_of(account).items():
        told = replace(tokens, requests=tokens.requests if requests_reported else 0)
        cells[cell._replace(api_key=None) if account["provider"] == "openrouter" else cell].add(told)
    return dict(cells)

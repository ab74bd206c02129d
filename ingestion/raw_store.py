"""The raw store: append-only observations, read and written by window. The latest revision of a bucket is the truth."""

import json
from collections.abc import Sequence
from typing import NamedTuple, cast

from psycopg import sql

from core.database import Connection
from ingestion.observations import Change, Facts, Latest
from ingestion.spans import Span
from ingestion.usage_row import StreamKind

_TYPES = {
    "bucket_started_at": "timestamptz",
    "bucket_ended_at": "timestamptz",
    "model": "text",
    "upstream": "text",
    "provider_project_id": "text",
    "api_key_id": "text",
    "service_tier": "text",
    "inference_geo": "text",
    "is_batch": "boolean",
}
_FACTS = sql.SQL(", ").join(map(sql.Identifier, Facts._fields))
_FACT_ARRAYS = sql.SQL(", ").join(
    sql.SQL("%s::{}[]").format(sql.SQL(_TYPES.get(name, "bigint"))) for name in Facts._fields
)

_LATEST = sql.SQL(
    "select distinct on (usage_hash) usage_hash, revision, is_tombstone, {facts} from raw.usage_observations"
    " where account_id = %s and endpoint = %s and endpoint_family = %s and bucket_width = %s and group_by_version = %s"
    " and bucket_started_at >= %s and bucket_started_at < %s order by usage_hash, revision desc"
).format(facts=_FACTS)

# One statement for all rows: COPY is refused on a table with row-level security, and a statement a row is ten times
# slower.
_INSERT = sql.SQL(
    "insert into raw.usage_observations (observation_id, org_id, account_id, poll_id, provider, endpoint_family,"
    " endpoint, bucket_width, group_by_version, observed_at, usage_hash, revision, is_tombstone, payload, {facts})"
    " select nextval('ops.arrivals'), %s, %s, %s, %s, %s, %s, %s, %s, %s,"
    " line.usage_hash, line.revision, line.is_tombstone, line.payload::jsonb, {line_facts}"
    " from unnest(%s::text[], %s::integer[], %s::boolean[], %s::text[], {arrays})"
    " as line (usage_hash, revision, is_tombstone, payload, {facts})"
).format(
    facts=_FACTS,
    line_facts=sql.SQL(", ").join(sql.Identifier("line", name) for name in Facts._fields),
    arrays=_FACT_ARRAYS,
)


class PollReference(NamedTuple):
    """Whose poll it was, as each of its observations repeats it."""

    org_id: int
    account_id: int
    poll_id: int
    provider: str


def latest_observations(
    connection: Connection, *, account_id: int, stream: StreamKind, span: Span
) -> dict[str, Latest]:
    """The newest revision of each of the stream's buckets that start in the span, tombstones too, by hash."""
    rows = connection.execute(
        _LATEST,
        [
            account_id, stream.endpoint, stream.endpoint_family, stream.bucket_width, stream.group_by_version,
            span.start, span.end,
        ],
    ).fetchall()  # fmt: skip
    return {
        row["usage_hash"]: Latest(row["revision"], row["is_tombstone"], Facts(*(row[name] for name in Facts._fields)))
        for row in rows
    }


def append_observations(
    connection: Connection,
    *,
    poll: PollReference,
    stream: StreamKind,
    changes: Sequence[Change],
    observed_at: object,
) -> None:
    """Store the changes. The caller holds the arrival lock; a revision that is stored already is a constraint's
    error.
    """
    ordered = sorted(changes, key=lambda change: (change.facts.bucket_started_at, change.usage_hash))
    columns = cast("list[tuple[object, ...]]", list(zip(*(change.facts for change in ordered), strict=True)))
    connection.execute(
        _INSERT,
        [
            poll.org_id, poll.account_id, poll.poll_id, poll.provider,
            stream.endpoint_family, stream.endpoint, stream.bucket_width, stream.group_by_version, observed_at,
            [change.usage_hash for change in ordered],
            [change.revision for change in ordered],
            [change.is_tombstone for change in ordered],
            [None if change.payload is None else json.dumps(change.payload) for change in ordered],
            *(list(column) for column in columns),
        ],
    )  # fmt: skip

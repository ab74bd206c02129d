"""Marts with many rows, copied from the built world's: for what has to be large, not true."""

from datetime import datetime
from typing import LiteralString

from psycopg import sql

from core.database import Database

_CHANGED: dict[str, LiteralString] = {
    "usage_hash": "encode(sha256(number::text::bytea), 'hex')",
    "bucket_started_at": "%(start)s + number * interval '1 minute'",
    "usage_date": "(%(start)s + number * interval '1 minute')::date",
}


def copy_usage(database: Database, org_id: int, *, count: int, start: datetime) -> None:
    """`count` more rows of marts.fct_usage like one that the organization has, a minute apart, from `start` on."""
    with database.worker() as connection:
        columns = connection.execute(
            "select column_name from information_schema.columns"
            " where table_schema = 'marts' and table_name = 'fct_usage' order by ordinal_position"
        ).fetchall()
        names = [row["column_name"] for row in columns]
        connection.execute(
            sql.SQL(
                "insert into marts.fct_usage ({names}) select {values} from generate_series(1, %(count)s) as number,"
                " (select * from marts.fct_usage where org_id = %(org)s and is_counted order by usage_hash limit 1) row"
            ).format(
                names=sql.SQL(", ").join(map(sql.Identifier, names)),
                values=sql.SQL(", ").join(
                    sql.SQL(_CHANGED[name]) if name in _CHANGED else sql.Identifier("row", name) for name in names
                ),
            ),
            {"org": org_id, "count": count, "start": start},
        )

"""Mirrors of Stripe by SQL, as billing writes them after a fetch: periods are tested without a server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg.types.range import Range

from billing.periods import reconcile_periods
from core.database import Connection, Database

NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
JANUARY = datetime(2027, 1, 1, tzinfo=UTC)
FEBRUARY = datetime(2027, 2, 1, tzinfo=UTC)


@dataclass
class Customer:
    """One organization's side of Stripe. Each act commits and brings the periods up to date, as an event does."""

    database: Database
    org_id: int
    number: int = 0

    @property
    def subscription_id(self) -> str:
        return f"sub_{self.org_id}_{self.number}"

    def subscribes(
        self,
        tier: str = "starter",
        *,
        at: datetime,
        interval: str = "monthly",
        now: datetime | None = None,
        **facts: Any,
    ) -> None:
        """A subscription that is active; its invoice comes apart."""
        with self.event(now or at) as connection:
            self._write(
                connection,
                "ops.subscriptions",
                "stripe_subscription_id",
                {
                    "stripe_subscription_id": self.subscription_id,
                    "org_id": self.org_id,
                    "status": "active",
                    "tier": tier,
                    "price_lookup_key": f"carbonledger_{tier}_{interval}",
                    "interval": "year" if interval == "annual" else "month",
                    "started_at": at,
                    "current_span": Range(at, None),
                    "cancels_at_period_end": False,
                    "is_collection_paused": False,
                    "fetched_at": at,
                }
                | facts,
            )

    def is_billed(
        self,
        invoice: str,
        start: datetime,
        end: datetime,
        *,
        now: datetime,
        status: str = "paid",
        reason: str = "subscription_cycle",
        tier: str = "starter",
        interval: str = "monthly",
        is_proration: bool = False,
        cents: int = 2900,
        **facts: Any,
    ) -> None:
        """An invoice with one line over [start, end); paid at `now` unless `status` says otherwise."""
        with self.event(now) as connection:
            self._write_invoice(connection, invoice, now=now, status=status, reason=reason, cents=cents, **facts)
            connection.execute(
                "insert into ops.invoice_lines (stripe_invoice_id, stripe_line_id, org_id, stripe_subscription_id,"
                " price_lookup_key, span, is_proration, amount_cents) values (%s, %s, %s, %s, %s, %s, %s, %s)"
                " on conflict do nothing",
                [
                    self._id(invoice), f"il_{self._id(invoice)}", self.org_id, self.subscription_id,
                    f"carbonledger_{tier}_{interval}", Range(start, end), is_proration, cents,
                ],
            )  # fmt: skip

    def becomes(self, invoice: str, *, now: datetime, status: str, **facts: Any) -> None:
        """The invoice is fetched again."""
        paid = {"paid_at": now, "amount_paid_cents": 2900} if status == "paid" else {}
        with self.event(now) as connection:
            self._update(
                connection, "ops.invoices", "stripe_invoice_id", self._id(invoice), {"status": status} | paid | facts
            )

    def changes(self, *, now: datetime, **facts: Any) -> None:
        """The subscription is fetched again."""
        with self.event(now) as connection:
            self._update(connection, "ops.subscriptions", "stripe_subscription_id", self.subscription_id, facts)

    def notices(self) -> list[str]:
        """What the owner was told, in order."""
        with self.database.worker() as connection:
            rows = connection.execute(
                "select title from ops.outbox where org_id = %s and channel = 'email' order by id", [self.org_id]
            ).fetchall()
        return [row["title"] for row in rows]

    @contextmanager
    def event(self, now: datetime) -> Iterator[Connection]:
        with self.database.worker() as connection:
            yield connection
            reconcile_periods(connection, org_id=self.org_id, now=now)

    def _id(self, invoice: str) -> str:
        return f"in_{self.org_id}_{invoice}"

    def _write_invoice(
        self, connection: Connection, invoice: str, *, now: datetime, status: str, reason: str, cents: int, **facts: Any
    ) -> None:
        row = {
            "stripe_invoice_id": self._id(invoice),
            "org_id": self.org_id,
            "stripe_subscription_id": self.subscription_id,
            "billing_reason": reason,
            "status": status,
            "currency": "usd",
            "total_cents": cents,
            "amount_paid_cents": cents if status == "paid" else 0,
            "attempt_count": 1 if status == "paid" else 0,
            "created_at": now,
            "paid_at": now if status == "paid" else None,
            "fetched_at": now,
        }
        self._write(connection, "ops.invoices", "stripe_invoice_id", row | facts)

    def _write(self, connection: Connection, table: str, key: str, row: dict[str, Any]) -> None:
        names = ", ".join(row)
        values = ", ".join(f"%({name})s" for name in row)
        updates = ", ".join(f"{name} = excluded.{name}" for name in row)
        connection.execute(
            f"insert into {table} ({names}) values ({values}) on conflict ({key}) do update set {updates}".encode(), row
        )

    def _update(self, connection: Connection, table: str, key: str, value: str, facts: dict[str, Any]) -> None:
        updates = ", ".join(f"{name} = %({name})s" for name in facts)
        connection.execute(f"update {table} set {updates} where {key} = %(key)s".encode(), facts | {"key": value})

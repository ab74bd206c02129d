"""An organization whose days are written into the marts by hand: so many micrograms a day, so that sums are seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from psycopg.types.json import Jsonb
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from budgets.budgets import Budget, create_budget, list_budgets
from budgets.months import read_standings
from budgets.standing import Standing
from budgets.terms import Terms
from core.database import Database, fetch_one
from tests.app.tenants import Tenant, a_tenant
from tests.app.usage_data import Account, an_account

DAY = timedelta(days=1)
CREATED = datetime(2026, 10, 1, tzinfo=UTC)
PUBLIC_URL = "https://carbon.example.com"


def at(day: date, hour: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OnRecord:
    """`account` belongs to the default project until `route` says otherwise."""

    database: Database
    tenant: Tenant
    account: Account

    def account_of(self, project_id: int, *, label: str, provider: str = "anthropic") -> Account:
        return an_account(
            self.database, self.tenant.org_id, provider=provider, label=label, project_id=project_id, now=CREATED
        )

    def a_project(self, name: str) -> int:
        with self.database.tenant(self.tenant.org_id) as connection:
            return int(
                fetch_one(
                    connection,
                    "insert into ops.projects (org_id, name, created_at) values (%s, %s, %s) returning id",
                    [self.tenant.org_id, name, CREATED],
                )["id"]
            )

    def read(self, *spans: tuple[datetime, datetime], account: Account | None = None) -> None:
        """The account was read whole over these spans, and up to the end of the last of them."""
        whose = account or self.account
        known = Multirange([Range(*span) for span in spans])
        with self.database.worker() as connection:
            connection.execute(
                "insert into ops.account_coverage (org_id, account_id, endpoint_family, known) values (%s, %s, %s, %s)"
                " on conflict (account_id, endpoint_family) do update set known = excluded.known",
                [whose.org_id, whose.account_id, whose.family, known],
            )
            connection.execute(
                "update ops.connections set data_through = %s where id = %s", [spans[-1][1], whose.connection_id]
            )

    def built(self, now: datetime) -> None:
        """A build began then, and has seen everything."""
        with self.database.worker() as connection:
            connection.execute("update ops.builds set started_at = %s, finished_at = %s", [now, now])

    def emit(
        self,
        day: date,
        masses: Sequence[int],
        *,
        model: str = "gpt-5",
        project_id: int | None = None,
        account: Account | None = None,
    ) -> None:
        """Micrograms (central; low is half of it, high twice) on consecutive days, at noon of each;
        of the default project unless another one is named.
        """
        whose = account or self.account
        for n, mass in enumerate(masses):
            of_day = day + n * DAY
            row = {
                "org_id": whose.org_id,
                "account_id": whose.account_id,
                "project_id": project_id or self.tenant.project_id,
                "provider": whose.provider,
                "model": model,
                "is_counted": True,
                "co2e_micrograms_low": str(Decimal(mass) / 2),
                "co2e_micrograms_central": mass,
                "co2e_micrograms_high": mass * 2,
                "usage_date": of_day.isoformat(),
                "bucket_started_at": at(of_day, 12).isoformat(),
                "usage_hash": f"{whose.account_id} {of_day} {model} {mass} {project_id}",
            }
            with self.database.worker() as connection:
                for mart in ("fct_daily_emissions", "fct_usage"):  # every other column as in a row of the built world
                    connection.execute(
                        f"insert into marts.{mart}"
                        f" select (jsonb_populate_record(known, %s)).* from marts.{mart} known limit 1".encode(),
                        [Jsonb(row)],
                    )

    def revise(self, day: date, mass: int) -> None:
        with self.database.worker() as connection:
            connection.execute(
                "update marts.fct_daily_emissions set co2e_micrograms_central = %s"
                " where org_id = %s and usage_date = %s",
                [mass, self.tenant.org_id, day],
            )

    def budget(self, limit: int, *, project_id: int | None = None, warning_percent: int = 80) -> Budget:
        terms = Terms(limit, warning_percent)
        return create_budget(
            self.database, org_id=self.tenant.org_id, project_id=project_id, terms=terms, actor="user_1", now=CREATED
        )

    def standing(self, budget: Budget, *, now: datetime) -> Standing:
        with self.database.tenant(self.tenant.org_id) as connection:
            budgets = list_budgets(connection, self.tenant.org_id)
            return read_standings(connection, self.tenant.org_id, budgets, now=now)[budget.id]

    def notices(self) -> list[tuple[str, str]]:
        """Title and body, as the owner sees them in the app; the mail says the same."""
        with self.database.worker() as connection:
            rows = connection.execute(
                "select channel, title, body from ops.outbox where org_id = %s and dedupe_key like 'budget:%%'"
                " order by id",
                [self.tenant.org_id],
            ).fetchall()
        told = {channel: [(row["title"], row["body"]) for row in rows if row["channel"] == channel]
                for channel in ("in_app", "email")}  # fmt: skip
        assert told["in_app"] == told["email"]
        return told["in_app"]


def on_record(database: Database, name: str = "Grace", *, signed_up_at: datetime = CREATED) -> OnRecord:
    """Nothing is read and nothing emitted yet."""
    tenant = a_tenant(database, name, now=signed_up_at)
    account = an_account(
        database, tenant.org_id, provider="openai", label=name, project_id=tenant.project_id, now=CREATED
    )
    return OnRecord(database, tenant, account)

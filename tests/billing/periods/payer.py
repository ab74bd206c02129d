"""An organization that pays and uses: mirrors of Stripe on one side, an account with observations on the other."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from core.database import Database, fetch_one
from tests.billing.periods.ledger_rows import paid
from tests.billing.periods.stripe_mirrors import NOVEMBER, Customer
from tests.ingestion.world import an_organization
from tests.warehouse.world import FAMILIES, Account, Tenant

IN_NOVEMBER = NOVEMBER + timedelta(days=9, hours=10)

# gpt-4o at OpenAI, class L of 2026.1: micrograms CO2e of one output token, central.
MICROGRAMS_PER_TOKEN = 288_131_556  # of a million tokens, in micrograms
MILLION = 1_000_000


@dataclass
class Payer:
    customer: Customer
    tenant: Tenant
    account: Account
    seen: dict[tuple[Any, ...], int] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        return self.tenant.database

    @property
    def org_id(self) -> int:
        return self.tenant.org_id

    def pays(self, start: datetime, end: datetime, **facts: Any) -> None:
        """The invoice over [start, end), paid at its start."""
        reason = "subscription_create" if start == NOVEMBER else "subscription_cycle"
        self.customer.is_billed(f"{start:%Y-%m}", start, end, now=start, reason=reason, **facts)

    def uses(self, tokens: int | None, *, at: datetime = IN_NOVEMBER, **facts: Any) -> str:
        """The bucket of that hour has so many output tokens; said again, it is a revision."""
        dimensions = (at, *sorted(facts.get(name, "") or "" for name in ("api_key_id", "model", "upstream")))
        self.seen[dimensions] = self.seen.get(dimensions, 0) + 1
        return self.tenant.observe(
            self.account, bucket_started_at=at, output_tokens=tokens, revision=self.seen[dimensions], **facts
        )

    def reads(self, *spans: tuple[datetime, datetime], account: Account | None = None) -> None:
        """Polls have read these spans whole, and no other."""
        read = account or self.account
        with self.database.worker() as connection:
            connection.execute(
                "insert into ops.account_coverage (org_id, account_id, endpoint_family, known) values (%s, %s, %s, %s)"
                " on conflict (account_id, endpoint_family) do update set known = excluded.known",
                [self.org_id, read.id, FAMILIES[read.provider], Multirange([Range(*span) for span in spans])],
            )

    def periods(self) -> list[dict[str, Any]]:
        return paid(self.database, self.org_id)

    def sealed(self, period: dict[str, Any]) -> list[dict[str, Any]]:
        with self.database.worker() as connection:
            return connection.execute(
                "select * from ops.sealed_usage where period_id = %s order by bucket_started_at, usage_hash",
                [period["id"]],
            ).fetchall()

    def lines(self) -> list[dict[str, Any]]:
        """This organization's rows of fct_period_lines, through the app role."""
        with self.database.tenant(self.org_id) as connection:
            return connection.execute(
                "select * from marts.fct_period_lines order by usage_date, origin_period_id, period_id nulls last"
            ).fetchall()


def a_payer(database: Database, *, tier: str = "starter") -> Payer:
    """Subscribed from 1 November 2026 on, with an OpenAI account that was read whole ever since."""
    org_id = an_organization(database, now=NOVEMBER)
    with database.worker() as connection:
        project_id = int(
            fetch_one(connection, "select id from ops.projects where org_id = %s and is_default", [org_id])["id"]
        )
    tenant = Tenant(database, org_id, project_id)
    customer = Customer(database, org_id)
    payer = Payer(customer, tenant, tenant.account())
    with database.owner() as connection:
        connection.execute("update ops.connections set created_at = %s where org_id = %s", [NOVEMBER, org_id])
    payer.reads((NOVEMBER - timedelta(days=30), NOVEMBER + timedelta(days=365)))
    customer.subscribes(tier, at=NOVEMBER)
    return payer

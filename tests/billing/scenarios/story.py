"""One organization's life on a Stripe test clock: it buys and uses; the server hears, builds and closes.

The test clock, the Stripe sandbox's own clock and ours stand at the same instant. Webhooks arrive doubled, each time in
another order, which is the same in every run.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from billing.accounts import ensure_account, organization_reference
from billing.close import close_due
from billing.credits.evidence import EvidenceFolder
from billing.credits.import_file import import_credits
from core.database import Database
from tests.app.tenants import Tenant
from tests.billing.credits.ledger import POOL, allocations
from tests.billing.credits.test_import import HELD, RETIRED, a_csv
from tests.billing.periods.ledger_rows import moves, paid
from tests.billing.shop import OPENED_ON, Shop, an_owner
from tests.warehouse.world import FAMILIES, Account, build_now
from tests.warehouse.world import Tenant as UsingTenant

MILLION_TOKENS = 1_000_000
MILLION_TOKENS_MICROGRAMS = 288_131_556
"""Central estimate of so many output tokens of gpt-4o at OpenAI (class L of factor set 2026.1)."""
MILLION_TOKENS_GRAMS = 289
"""Rounded up, as a close does."""

CLOSED = ["open", "reconciling", "frozen", "retired", "closed"]
"""The states of a period that is paid in time and finds retired credits."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@dataclass
class Story:
    shop: Shop
    tenant: Tenant
    test_clock: str
    usage: UsingTenant
    account: Account
    folder: Path
    seeds: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    revisions: dict[datetime, int] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        return self.shop.database

    @property
    def stripe(self) -> Any:
        return self.shop.stripe.client.v1

    # What the organization does

    def buys(self, tier: str = "starter", interval: str = "monthly") -> str:
        """Through Checkout; the subscription's id. The free time before it has been waived."""
        subscription_id = self.shop.buy(self.tenant, tier, interval)
        self.closes()
        return subscription_id

    def subscribes_without_anchor(self, lookup_key: str, **more: Any) -> str:
        """At Stripe, past our Checkout, so that its months are counted from now."""
        price = self.shop.gateway.price_of(lookup_key)
        subscription_id = self.shop.subscribe_at_stripe(self.tenant, price_id=price.id, **more)
        self.hears()
        return subscription_id

    def uses_card(self, subscription_id: str, token: str) -> str:
        """`tok_visa` pays, `tok_chargeCustomerFail` does not; the id of the card before."""
        return self.shop.use_card(self.tenant, subscription_id, token)

    def uses(self, tokens: int, *, on: str) -> None:
        """So many output tokens in the hour that begins then; said again, it is a revision."""
        started_at = at(on)
        self.revisions[started_at] = revision = self.revisions.get(started_at, 0) + 1
        self.usage.observe(self.account, bucket_started_at=started_at, output_tokens=tokens, revision=revision)

    # What time and the server do

    def goes_to(self, instant: str) -> None:
        """Stripe has played what fell due; its webhooks wait."""
        self.shop.stripe.advance(self.test_clock, at(instant))
        self.shop.go_to(at(instant))

    def hears(self) -> int:
        """Every webhook that waits, twice and shuffled; how many events were carried out."""
        return self.shop.hear("shuffle", seed=next(self.seeds))

    def closes(self, *, build: bool = True) -> int:
        """A build and every step that is due; how many steps."""
        if build:
            self._build()
        return close_due(self.database, clock=self.shop.clock, policy="oldest_vintage_first")

    def lives_until(self, instant: str) -> None:
        """The server hears and takes its steps; what needs a build waits for `closes`."""
        self.goes_to(instant)
        self.hears()
        self.closes(build=False)

    def closes_at(self, instant: str) -> None:
        self.goes_to(instant)
        self.hears()
        self.closes()
        assert self.closes(build=False) == 0  # looking again at the same instant finds nothing

    def imports_credits(self, *, tonnes: int, status: str = "Retired", first_unit: int = 1) -> None:
        """By the operators' CSV. `Held` units are in the pool's account and not retired yet."""
        evidence = self.folder / "acr.pdf"
        evidence.write_bytes(b"retired for the pool")
        row = RETIRED if status == "Retired" else {name: value for name, value in RETIRED.items() if name in HELD}
        block = {
            "unit_count": str(tonnes),
            "unit_status": status,
            "serial_number_block": f"ACR-US-934-2024-2891-{first_unit} to {first_unit + tonnes - 1}",
        }
        path, files = a_csv(self.folder, row | block), EvidenceFolder(self.folder / "home")
        now = self.shop.clock.now()
        import_credits(self.database, files, path, evidence=evidence, beneficiary=POOL, now=now)

    def _build(self) -> None:
        """A build by dbt; while nobody has used anything it would find no row, so that it was there is all of it."""
        if self.shop.rows("select 1 from raw.usage_observations limit 1"):
            build_now(self.database)
            return
        with self.database.owner() as connection:
            connection.execute(
                "insert into ops.builds (started_at, finished_at, state, is_full_refresh, from_arrival_id,"
                " through_arrival_id, factor_version, factor_set_sha256, models_sha256)"
                " select %(now)s, %(now)s, 'succeeded', false, through_arrival_id,"
                " (select last_value from ops.arrivals), factor_version, factor_set_sha256, models_sha256"
                " from ops.builds where models_sha256 <> '' order by id desc limit 1",
                {"now": self.shop.clock.now()},
            )

    # What is there

    def paid_periods(self) -> list[dict[str, Any]]:
        return paid(self.database, self.tenant.org_id)

    def spans(self) -> list[tuple[str, str, str]]:
        """(funding, state, span) of all periods in order of time."""
        return self.shop.periods(self.tenant)

    def states_of(self, period: dict[str, Any]) -> list[str]:
        """Every state that it was in, oldest first, as the audit has it."""
        return [to for _, to in moves(self.database, period["id"])]

    def allotted(self) -> dict[int, int]:
        """Grams by period, each of one interval."""
        found = allocations(self.database)
        assert len({period_id for period_id, *_ in found}) == len(found)
        return {period_id: stop - start for period_id, _, start, stop in found}

    def notices(self) -> list[str]:
        """What the owner was told by mail, in order: each fact by its key without the ids of Stripe."""
        return [key.partition(":")[0] + _attempt(key) for key in self.shop.notices(self.tenant)]

    def invoices(self) -> list[tuple[str, str]]:
        """(reason, status), oldest first."""
        query = "select billing_reason, status from ops.invoices order by created_at, stripe_invoice_id"
        return [(row["billing_reason"], row["status"]) for row in self.shop.rows(query)]


def begin(shop: Shop, folder: Path) -> Story:
    """An organization without a subscription on OPENED_ON, whose customer at Stripe lives on a test clock, and whose
    OpenAI account is read whole."""
    tenant = an_owner(shop.database, "Ada")
    clock = shop.stripe.create_clock(OPENED_ON)
    created_at = shop.row("select created_at from ops.organizations where id = %s", tenant.org_id)["created_at"]
    shop.stripe.client.v1.customers.create(
        {"test_clock": clock, "metadata": {"carbonledger_org": organization_reference(tenant.org_id, created_at)}}
    )
    ensure_account(shop.database, shop.gateway, org_id=tenant.org_id, now=OPENED_ON)
    usage = UsingTenant(shop.database, tenant.org_id, tenant.project_id)
    account = usage.account()
    with shop.database.worker() as connection:
        connection.execute(
            "insert into ops.account_coverage (org_id, account_id, endpoint_family, known) values (%s, %s, %s, %s)",
            [tenant.org_id, account.id, FAMILIES[account.provider], Multirange([Range(None, None)])],
        )
    return Story(shop, tenant, clock, usage, account, folder)


def assert_audited(story: Story) -> None:
    """Every version of every period has its move, and the last one says what the period is."""
    rows = story.shop.rows(
        "select period.id, period.state, period.version, array_agg(move.version order by move.version) as versions,"
        " (array_agg(move.to_state order by move.version desc))[1] as last_state"
        " from ops.billing_periods as period left join ops.billing_period_moves as move on move.period_id = period.id"
        " group by period.id order by period.id"
    )
    for row in rows:
        assert (row["last_state"], row["versions"]) == (row["state"], [*range(1, row["version"] + 1)]), row["id"]


def assert_heard(story: Story) -> None:
    """Every webhook that came did so twice and was taken, and none of what they told is left undone."""
    deliveries = story.shop.stripe.deliveries()
    assert {status for delivery in deliveries for status in delivery["statuses"]} <= {204}
    assert len(deliveries) == 2 * len({delivery["event"] for delivery in deliveries})
    states = story.shop.rows("select distinct state from ops.stripe_events where state not in ('done', 'ignored')")
    assert states == []


def _attempt(key: str) -> str:
    return f" {key.rpartition(':')[2]}" if key.startswith("payment_failed") else ""

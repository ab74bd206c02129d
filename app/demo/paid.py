"""The demo's second organization: it pays, and two months of it are closed, with receipts. Made while the first one is
looked at.

usage read and built -> customer on a test clock -> Checkout paid -> for each month: clock past its 48 hours, mirrors,
close -> receipts. Periods are closed by the product's own functions, with the test clock's time as `now`; receipts are
issued now, for the log tells when it was written. The server's own worker may be quicker at a step, which comes to the
same. An earlier run's steps are found and not done again.
"""

import time
from datetime import datetime, timedelta

from app.billing.periods import list_periods, period_detail
from app.context import ServerContext
from app.demo.filling import Filling
from app.demo.home import PAID_EMAIL, DemoFacts
from app.demo.ledger import PAID_ORGANIZATION, open_connections, open_organization
from app.demo.processes import Processes
from app.demo.progress import Report
from app.demo.providers import PAID_ACCOUNT
from app.demo.stripe_sandbox import StripeDesk
from app.receipts.records import list_receipts
from billing.accounts import BillingAccount, ensure_account, organization_reference
from billing.checkout import start_checkout
from billing.close import close_due, look_again
from billing.period_states import RECONCILIATION
from billing.stripe_gateway import StripeGateway
from billing.synchronize import synchronize
from billing.tiers import PaidTierCode
from core.clock import FixedClock
from core.database import fetch_one
from core.errors import TransientError
from receipts.issue import issue_due

TIER: PaidTierCode = "starter"
AFTER_THE_CLOSE = timedelta(hours=1)
PATIENCE_SECONDS = 300.0
LOOK_SECONDS = 0.2
MONTHS = 2


class NotClosedError(TransientError):
    code = "not-closed"


class NotIssuedError(TransientError):
    code = "not-issued"


class PaidOrganization:
    def __init__(
        self, context: ServerContext, gateway: StripeGateway, desk: StripeDesk, *, processes: Processes, report: Report
    ) -> None:
        self._context, self._gateway, self._desk = context, gateway, desk
        self._processes, self._report = processes, report

    def make(self, facts: DemoFacts) -> None:
        """Until it is there, with two closed months and their receipts. Raises NotClosedError, NotIssuedError, and what
        its steps raise.
        """
        context = self._context
        org_id = open_organization(context, facts, email=PAID_EMAIL, name=PAID_ORGANIZATION).org_id
        open_connections(context, org_id, (PAID_ACCOUNT,))
        filling = Filling(context, org_id, processes=self._processes, report=self._report)
        filling.wait_for_usage(since=facts.paid_starts_at)
        if not self._is_closed(org_id):
            self._desk.hold_webhooks()
            try:
                account = self._subscribe(org_id, facts)
                for month_ends_at in _ends_of_two_months(facts.paid_starts_at):
                    self._close(account, month_ends_at, filling)
                self._go_to(account, context.clock.now())
            finally:
                self._desk.release_webhooks()
        with self._report.step("Receipts"):
            self._issue_receipts(org_id)

    def _subscribe(self, org_id: int, facts: DemoFacts) -> BillingAccount:
        """Its account, with a plan since the first of its months."""
        context, now = self._context, facts.paid_starts_at
        with context.database.tenant(org_id) as connection:
            created_at = fetch_one(connection, "select created_at from ops.organizations where id = %s", [org_id])
        reference = organization_reference(org_id, created_at["created_at"])
        if self._gateway.find_customer(reference) is None:
            self._desk.customer_on_clock(reference, name=PAID_ORGANIZATION, email=PAID_EMAIL, now=now)
        account = ensure_account(context.database, self._gateway, org_id=org_id, now=now)
        if not self._gateway.subscriptions(account.customer_id):
            page = start_checkout(
                context.database,
                self._gateway,
                org_id=org_id,
                tier=TIER,
                interval="monthly",
                return_url=f"{context.settings.public_url}/billing",
                now=now,
            )
            self._desk.pay(page.url)
        synchronize(context.database, self._gateway, account, now=now)
        return account

    def _close(self, account: BillingAccount, ends_at: datetime, filling: Filling) -> None:
        """The month that ends then is closed: at the test clock's time, or later where the worker was quicker."""
        database, policy = self._context.database, self._context.settings.credits_policy
        at = ends_at + RECONCILIATION + AFTER_THE_CLOSE
        self._go_to(account, at)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._is_closed(account.org_id, ends_at):
            if time.monotonic() > deadline:
                raise NotClosedError(f"The period that ended on {ends_at:%Y-%m-%d} does not close.")
            filling.wait_for_build()
            now = max(at, self._last_move(account.org_id, ends_at))
            look_again(database, org_id=account.org_id, now=now)
            if not close_due(database, clock=FixedClock(now), policy=policy):
                time.sleep(LOOK_SECONDS)

    def _issue_receipts(self, org_id: int) -> None:
        """Until both months have theirs; a step that the server's worker is at is left to it."""
        context, deadline = self._context, time.monotonic() + PATIENCE_SECONDS
        while sum(receipt.is_issued for receipt in list_receipts(context.database, org_id)) < MONTHS:
            self._processes.check()
            if time.monotonic() > deadline:
                raise NotIssuedError("The receipts of the second organization are not issued. server.log says why.")
            if not issue_due(context.database, context.secrets, context.settings, clock=context.clock):
                time.sleep(LOOK_SECONDS)

    def _go_to(self, account: BillingAccount, instant: datetime) -> None:
        """Stripe's time of this customer, and our mirrors."""
        clock_id, shown = self._desk.clock_of(account.customer_id)
        if shown < instant:
            self._desk.advance(clock_id, instant)
        synchronize(self._context.database, self._gateway, account, now=instant)

    def _last_move(self, org_id: int, ends_at: datetime) -> datetime:
        """When the period that ends then came to its state."""
        database = self._context.database
        (period,) = [each for each in list_periods(database, org_id) if each.ended_at == ends_at]
        return period_detail(database, org_id, period.id).moves[-1].at

    def _is_closed(self, org_id: int, ends_at: datetime | None = None) -> bool:
        """The period that ends then; None: both months."""
        closed = [each.ended_at for each in list_periods(self._context.database, org_id) if each.state == "closed"]
        return ends_at in closed if ends_at is not None else len(closed) >= MONTHS


def _ends_of_two_months(start: datetime) -> list[datetime]:
    ends = []
    for _ in range(MONTHS):
        start = (start + timedelta(days=32)).replace(day=1)
        ends.append(start)
    return ends

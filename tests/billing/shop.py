"""A server that sells, for tests: its API on loopback, a Stripe sandbox that sends it webhooks, and one clock for both.

Webhooks are held by the sandbox until `hear()` releases them, doubled and in an order of its own.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import httpx
from pydantic import SecretStr

from app.api.application import create_api
from app.context import ServerContext
from billing.stripe_events import EVENT_TYPES, process_due
from billing.stripe_gateway import StripeGateway, stripe_gateway
from core.clock import FixedClock
from core.database import Database, fetch_one
from core.secret_store import secret_store
from core.settings import Settings
from tests.app.serving import serving
from tests.app.tenants import Tenant, a_tenant
from tests.stripe_process import API_KEY, GOOD_CARD, StripeSandbox

OPENED_ON = datetime.fromisoformat("2026-11-10T09:00:00+00:00")
"""When tests begin: in the midst of a month."""

UNHEARD_SECRET = "whsec_until_an_endpoint_is_added"


@dataclass(frozen=True, slots=True)
class Shop:
    """The product (`database`, `gateway`, `api`) and its Stripe account (`stripe`), at one instant."""

    database: Database
    gateway: StripeGateway
    stripe: StripeSandbox
    clock: FixedClock
    api: httpx.Client
    context: ServerContext

    def go_to(self, instant: datetime) -> None:
        """Both clocks; Stripe has played what fell due, and its webhooks wait. People have logged in again."""
        self.stripe.set_clock(instant)
        self.clock.advance(instant - self.clock.now())
        with self.database.owner() as connection:
            connection.execute(
                "update ops.sessions set created_at = %s, expires_at = %s", [instant, instant + timedelta(days=14)]
            )

    def deliver(self, order: Literal["created", "reverse", "shuffle"] = "shuffle", *, seed: int = 1) -> int:
        """What was held arrives in the inbox; how many deliveries."""
        return self.stripe.release(order, seed=seed)

    def hear(self, order: Literal["created", "reverse", "shuffle"] = "shuffle", *, seed: int = 1) -> int:
        """What was held arrives and is carried out; how many events."""
        self.deliver(order, seed=seed)
        return process_due(self.database, self.gateway, now=self.clock.now())

    def post(self, tenant: Tenant, act: str, **body: Any) -> httpx.Response:
        """POST /v1/billing/{act} as the owner in the browser."""
        return self.api.post(f"/v1/billing/{act}", json=body or None, headers=tenant.by_cookie)

    def get(self, tenant: Tenant, what: str) -> Any:
        answer = self.api.get(f"/v1/billing/{what}", headers=tenant.by_cookie)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def buy(self, tenant: Tenant, tier: str = "starter", interval: str = "monthly", card: str = GOOD_CARD) -> str:
        """Through Checkout, heard; the subscription's id."""
        answer = self.post(tenant, "checkout", tier=tier, interval=interval)
        assert answer.status_code == 200, answer.text
        assert self.stripe.pay_checkout(answer.json()["url"], card).status_code == 303
        self.hear()
        return str(self.row("select stripe_subscription_id as id from ops.subscriptions where org_id = %s",
                            tenant.org_id)["id"])  # fmt: skip

    def use_card(self, tenant: Tenant, subscription_id: str, token: str) -> str:
        """Another card pays the subscription from now on; the id of the one that did."""
        subscriptions = self.stripe.client.v1.subscriptions
        before = str(subscriptions.retrieve(subscription_id).default_payment_method)
        subscriptions.update(subscription_id, {"default_payment_method": self._card(tenant, token)})
        return before

    def subscribe_at_stripe(self, tenant: Tenant, *, price_id: str, **more: Any) -> str:
        """As an operator might by hand, past our Checkout; the subscription's id."""
        card = self._card(tenant, "tok_visa")
        wish: Any = {"customer": self.customer_of(tenant), "items": [{"price": price_id}]} | more
        made = self.stripe.client.v1.subscriptions.create(wish | {"default_payment_method": card})
        return made.id

    def _card(self, tenant: Tenant, token: str) -> str:
        methods = self.stripe.client.v1.payment_methods
        card = methods.create({"type": "card", "card": {"token": token}})
        methods.attach(card.id, {"customer": self.customer_of(tenant)})
        return card.id

    def customer_of(self, tenant: Tenant) -> str:
        return str(self.row("select stripe_customer_id as id from ops.billing_accounts where org_id = %s",
                            tenant.org_id)["id"])  # fmt: skip

    def row(self, query: str, *parameters: Any) -> Mapping[str, Any]:
        with self.database.worker() as connection:
            return fetch_one(connection, query.encode(), parameters)  # type: ignore[arg-type] # a test's own text

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        with self.database.worker() as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def notices(self, tenant: Tenant) -> list[str]:
        """Keys of the mails to the tenant's owner, oldest first."""
        mails = self.rows("select dedupe_key from ops.outbox where org_id = %s and channel = 'email' order by id",
                          tenant.org_id)  # fmt: skip
        return [mail["dedupe_key"].partition(":email:")[0] for mail in mails]

    def alerts(self) -> list[str]:
        alerts = self.rows("select dedupe_key from ops.outbox where channel = 'operator' order by id")
        return [alert["dedupe_key"] for alert in alerts]

    def periods(self, tenant: Tenant) -> list[tuple[str, str, str]]:
        """(funding, state, span) in order of time."""
        found = self.rows(
            "select funding, state, coalesce(to_char(lower(span), 'YYYY-MM-DD HH24:MI'), '') || ' to '"
            " || coalesce(to_char(upper(span), 'YYYY-MM-DD HH24:MI'), '') as span from ops.billing_periods"
            " where org_id = %s order by lower(span) nulls first",
            tenant.org_id,
        )
        return [(row["funding"], row["state"], row["span"]) for row in found]


def selling(settings: Settings, stripe: StripeSandbox, *, secret: str = UNHEARD_SECRET) -> Settings:
    return settings.model_copy(
        update={
            "stripe_api_base": stripe.url,
            "stripe_secret_key": SecretStr(API_KEY),
            "stripe_webhook_secret": SecretStr(secret),
        }
    )


@contextmanager
def open_shop(settings: Settings, database: Database, stripe: StripeSandbox) -> Iterator[Shop]:
    """A fresh Stripe account, at OPENED_ON. A build has been there, as on every server some minutes old."""
    stripe.reset()
    stripe.set_clock(OPENED_ON)
    stripe.configure(hold=True, duplicate=2)
    clock = FixedClock(OPENED_ON)
    with database.worker() as connection:
        connection.execute(
            "insert into ops.builds (started_at, finished_at, state, is_full_refresh, from_arrival_id,"
            " through_arrival_id, factor_version, factor_set_sha256, models_sha256)"
            " select %(now)s, %(now)s, 'succeeded', true, 0, 0, '2026.1', '', ''"
            " where not exists (select from ops.builds)",
            {"now": OPENED_ON},
        )
    with ExitStack() as running:
        # The endpoint is told its secret when it is made, and is made when its address is known.
        unheard = selling(settings, stripe)
        context = ServerContext(unheard, database, secret_store(unheard), {}, clock, stripe_gateway(unheard))
        api = create_api(context)
        url = running.enter_context(serving(api))
        secret = stripe.add_endpoint(f"{url}/webhooks/stripe", EVENT_TYPES)
        heard = selling(settings, stripe, secret=secret)
        context = ServerContext(heard, database, secret_store(heard), {}, clock, stripe_gateway(heard))
        api.state.context = context
        assert context.stripe is not None
        client = running.enter_context(httpx.Client(base_url=url, timeout=60))
        running.callback(context.stripe.close)
        yield Shop(database, context.stripe, stripe, clock, client, context)


def an_owner(database: Database, name: str) -> Tenant:
    return a_tenant(database, name, now=OPENED_ON)

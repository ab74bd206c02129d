"""/v1/billing: who may do what, what an installation without Stripe says, and periods with their lines."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from psycopg.types.range import Range

from app.accounts.permissions import ACTS_OF_SCOPE
from app.context import ServerContext
from billing.periods import reconcile_periods
from billing.tiers import TIERS
from core.database import Database
from tests.app.tenants import Tenant, a_tenant
from tests.app.world import World
from tests.billing.credits.ledger import a_period
from tests.billing.periods.stripe_mirrors import DECEMBER, NOVEMBER, Customer
from tests.conftest import NOON

pytestmark = pytest.mark.database

ACTS: list[tuple[str, dict[str, Any] | None]] = [
    ("checkout", {"tier": "starter", "interval": "annual"}),
    ("portal", None),
    ("plan", {"tier": "growth"}),
    ("cancel", None),
    ("resume", None),
]


@pytest.fixture
def ada(database: Database) -> Tenant:
    return a_tenant(database, "Ada", now=NOON)


def become(context: ServerContext, tenant: Tenant, role: str) -> None:
    with context.database.owner() as connection:
        connection.execute("update ops.memberships set role = %s where user_id = %s", [role, tenant.user_id])


@pytest.mark.parametrize(("act", "body"), ACTS)
def test_without_a_stripe_key_nothing_is_sold_and_that_is_said(
    api: httpx.Client, ada: Tenant, act: str, body: dict[str, Any] | None
) -> None:
    answer = api.post(f"/v1/billing/{act}", json=body, headers=ada.by_cookie)
    assert (answer.status_code, answer.json()["code"]) == (409, "billing-not-configured")
    assert "CARBONLEDGER_STRIPE_SECRET_KEY" in answer.json()["detail"]


def test_without_a_stripe_key_webhooks_are_not_taken(api: httpx.Client) -> None:
    answer = api.post("/webhooks/stripe", content=b"{}", headers={"Stripe-Signature": "t=1,v1=0"})
    assert (answer.status_code, answer.json()["code"]) == (409, "billing-not-configured")


def test_the_tiers_are_listed_as_they_are_sold(api: httpx.Client, ada: Tenant) -> None:
    listed = api.get("/v1/billing/tiers", headers=ada.by_cookie).json()["data"]
    assert [tier["code"] for tier in listed] == list(TIERS)
    assert listed[1] == {
        "code": "starter",
        "name": "Starter",
        "monthly_cents": 2_900,
        "coverage_grams": 250_000,
        "intervals": ["monthly", "annual"],
        "features": list(TIERS["starter"].features),
    }


def test_who_never_bought_is_free(api: httpx.Client, ada: Tenant) -> None:
    body = api.get("/v1/billing/subscription", headers=ada.by_cookie).json()
    assert body["tier"]["code"] == "free"
    assert (body["subscription"], body["unpaid_invoices"], body["is_on_hold"]) == (None, [], False)
    assert body["can_be_bought"] is False


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_members_and_viewers_look_and_do_not_buy(
    api: httpx.Client, context: ServerContext, ada: Tenant, role: str
) -> None:
    become(context, ada, role)
    for what in ("tiers", "subscription", "periods"):
        assert api.get(f"/v1/billing/{what}", headers=ada.by_cookie).status_code == 200
    for act, body in ACTS:
        answer = api.post(f"/v1/billing/{act}", json=body, headers=ada.by_cookie)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_an_admin_may_buy(api: httpx.Client, context: ServerContext, ada: Tenant) -> None:
    become(context, ada, "admin")
    answer = api.post("/v1/billing/checkout", json={"tier": "starter"}, headers=ada.by_cookie)
    assert answer.json()["code"] == "billing-not-configured"  # past the permission


def test_a_key_has_nothing_to_do_with_billing(api: httpx.Client, ada: Tenant) -> None:
    assert not {act for acts in ACTS_OF_SCOPE.values() for act in acts if act.startswith("billing:")}
    for what in ("tiers", "subscription", "periods", "periods/period_1"):
        assert api.get(f"/v1/billing/{what}", headers=ada.by_key).status_code == 403
    for act, body in ACTS:
        assert api.post(f"/v1/billing/{act}", json=body, headers=ada.by_key).status_code == 403


@pytest.mark.parametrize("tier", ["free", "enterprise", "gold", "", None, 1])
def test_what_is_not_sold_cannot_be_bought(api: httpx.Client, ada: Tenant, tier: object) -> None:
    for act in ("checkout", "plan"):
        assert api.post(f"/v1/billing/{act}", json={"tier": tier}, headers=ada.by_cookie).status_code == 422


def test_a_period_of_another_organization_is_not_found(api: httpx.Client, database: Database, ada: Tenant) -> None:
    bob = a_tenant(database, "Bob", now=NOON)
    a_build(database)
    with database.worker() as connection:
        reconcile_periods(connection, org_id=bob.org_id, now=NOON)
    (period,) = api.get("/v1/billing/periods", headers=bob.by_cookie).json()["data"]
    assert api.get(f"/v1/billing/periods/{period['id']}", headers=bob.by_cookie).status_code == 200
    assert api.get(f"/v1/billing/periods/{period['id']}", headers=ada.by_cookie).status_code == 404
    assert api.get("/v1/billing/periods", headers=ada.by_cookie).json()["data"] == []


def a_build(database: Database) -> None:
    with database.worker() as connection:
        connection.execute(
            "insert into ops.builds (started_at, finished_at, state, is_full_refresh, from_arrival_id,"
            " through_arrival_id, factor_version, factor_set_sha256, models_sha256)"
            " values (%(now)s, %(now)s, 'succeeded', true, 0, 0, '2026.1', '', '')",
            {"now": NOON},
        )


def test_the_next_close_is_known_while_the_period_runs(api: httpx.Client, database: Database, ada: Tenant) -> None:
    a_build(database)
    customer = Customer(database, ada.org_id)
    customer.subscribes(at=NOVEMBER, current_span=Range(NOVEMBER, DECEMBER))
    customer.is_billed("first", NOVEMBER, DECEMBER, now=NOVEMBER, reason="subscription_create")
    body = api.get("/v1/billing/subscription", headers=ada.by_cookie).json()
    assert body["next_close_at"] == "2026-12-03T00:00:00Z"


def test_an_open_period_shows_what_was_built_so_far(built_api: httpx.Client, world: World) -> None:
    """Before billing has looked at the organization there is no period, and its usage is in no line."""
    page = built_api.get("/v1/billing/periods", headers=world.ada.by_cookie).json()
    assert page == {"data": [], "after_final_close": [], "next_cursor": None}


def test_a_sealed_period_shows_what_its_close_stated(api: httpx.Client, database: Database, ada: Tenant) -> None:
    seal_two_periods(database, ada)
    first, second = api.get("/v1/billing/periods", headers=ada.by_cookie).json()["data"]
    assert (first["state"], first["retired_grams"], first["close_at"]) == ("closed", 2, "2026-11-03T00:00:00Z")
    assert second["co2e_grams"] == {"low": "0.5", "central": "0.75", "high": "1"}
    assert (second["carry_in_grams"], second["carry_out_grams"], second["not_covered_grams"]) == ("0.5", "0.75", "0")
    detail = api.get(f"/v1/billing/periods/{second['id']}", headers=ada.by_cookie).json()
    (line,), (adjustment,) = detail["lines"], detail["adjustments"]
    assert (line["project_name"], line["output_tokens"], line["usage_rows"]) == ("As it was called", 300, 2)
    assert line["co2e_grams"] == {"low": "1", "central": "2", "high": "3"}
    assert line["uncached_input_tokens"] is None  # the provider reports none, and that is not zero
    assert adjustment["origin_period_id"] == first["id"]
    assert (adjustment["output_tokens"], adjustment["co2e_grams"]["central"]) == (-50, "-0.25")
    assert detail["holes"] == [{"start": "2026-11-05T00:00:00Z", "end": "2026-11-05T02:00:00Z"}]
    assert [(move["from_state"], move["to_state"]) for move in detail["history"]] == [
        (None, "open"),
        ("open", "closed"),
    ]


def test_what_waits_for_credits_is_not_called_retired(api: httpx.Client, database: Database, ada: Tenant) -> None:
    a_period(database, ada.org_id, grams=600)
    (period,) = api.get("/v1/billing/periods", headers=ada.by_cookie).json()["data"]
    assert (period["state"], period["retire_grams"], period["retired_grams"]) == ("frozen", 600, None)


def seal_two_periods(database: Database, tenant: Tenant) -> None:
    """October and November as closes would leave them; the figures are made up, so that each can be told apart."""
    with database.worker() as connection:
        connection.execute(
            "insert into ops.subscriptions values ('sub_1', %(org)s, 'active', 'starter',"
            " 'carbonledger_starter_monthly', 'month', '2026-10-01Z', '[2026-10-01Z,2026-11-01Z)', null, false, null,"
            " null, false, '2026-10-01Z')",
            {"org": tenant.org_id},
        )
        connection.execute(
            "insert into ops.invoices (stripe_invoice_id, org_id, stripe_subscription_id, billing_reason, status,"
            " currency, total_cents, amount_paid_cents, attempt_count, created_at, fetched_at)"
            " values ('in_1', %(org)s, 'sub_1', 'subscription_create', 'paid', 'usd', 2900, 2900, 1, now(), now())",
            {"org": tenant.org_id},
        )
        periods = [
            a_sealed_period(
                connection,
                tenant,
                seal=1,
                span="[2026-10-01Z,2026-11-01Z)",
                central=1_500_000,
                carry_in=0,
                grams=2,
                carry_out=500_000,
            ),
            a_sealed_period(
                connection,
                tenant,
                seal=2,
                span="[2026-11-01Z,2026-12-01Z)",
                central=750_000,
                carry_in=500_000,
                grams=1,
                carry_out=750_000,
            ),
        ]
        account = connection.execute(
            "insert into ops.provider_accounts (org_id, provider, external_id, usage_endpoint, created_at)"
            " values (%s, 'openai', 'org-1', 'usage', now()) returning id",
            [tenant.org_id],
        ).fetchone()
        assert account
        rows = [("a", periods[1], 100, 500_000), ("b", periods[1], 200, 1_500_000), ("c", periods[0], -50, -250_000)]
        for usage_hash, origin, tokens, central in rows:
            connection.execute(
                "insert into ops.sealed_usage (period_id, usage_hash, origin_period_id, org_id, disposition,"
                " account_id, project_id, project_name, provider, model, model_class, host, factor_version,"
                " bucket_started_at, output_tokens, co2e_micrograms_low, co2e_micrograms_central,"
                " co2e_micrograms_high, sealed_at)"
                " values (%s, %s, %s, %s, 'billed', %s, %s, 'As it was called', 'openai', 'gpt-5', 'L', 'azure',"
                " '2026.1', '2026-11-04Z', %s, %s, %s, %s, now())",
                [periods[1], usage_hash, origin, tenant.org_id, account["id"], tenant.project_id, tokens,
                 500_000, central, 1_500_000],
            )  # fmt: skip


def a_sealed_period(connection: Any, tenant: Tenant, **facts: Any) -> int:
    row = connection.execute(
        "insert into ops.billing_periods (org_id, stripe_subscription_id, tier, funding, span, state, factor_version,"
        " coverage_grams, settling_invoice_id, paid_at, close_at, opened_at, frozen_at, seen_arrival_id,"
        " seal_arrival_id, has_usage_data, co2e_micrograms_low, co2e_micrograms_central, co2e_micrograms_high,"
        " carry_in_micrograms, carry_out_micrograms, not_covered_micrograms, retire_grams, known_hours, missing_hours,"
        " holes, closed_at)"
        " values (%(org_id)s, 'sub_1', 'starter', 'paid', %(span)s, 'closed', '2026.1', 250000, 'in_1', '2026-10-01Z',"
        " '2026-11-03Z', '2026-10-01Z', '2026-11-03Z', 0, %(seal)s, true, 500000, %(central)s, 1000000, %(carry_in)s,"
        " %(carry_out)s, 0, %(grams)s, 718, 2, '{[2026-11-05 00:00Z,2026-11-05 02:00Z)}', '2026-11-03Z') returning id",
        facts | {"org_id": tenant.org_id},
    ).fetchone()
    for version, (before, after) in enumerate([(None, "open"), ("open", "closed")], start=1):
        connection.execute(
            "insert into ops.billing_period_moves values (%s, %s, %s, %s, %s, 'a test', 'worker', %s)",
            [tenant.org_id, row["id"], version, before, after, datetime(2026, 11, version, tzinfo=UTC)],
        )
    return int(row["id"])

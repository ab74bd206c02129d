"""What a provider says otherwise in the 48 hours after a month's end is in the month's close and in its receipt."""

from datetime import timedelta
from math import ceil
from typing import Any

import pytest
from pydantic import SecretStr

from core.units import Mass, scaled_by_a_millionth
from ingestion.connect import connect
from ingestion.poll import poll_due
from ingestion.usage_row import ProviderName
from tests.billing.scenarios.issuer import with_keys
from tests.billing.scenarios.story import CLOSED, Story
from tests.billing.shop import OPENED_ON
from tests.ingestion.world import PATIENCE, clients_at
from tests.sandbox_process import SandboxHandle, admin_key, an_account, start_sandbox
from tests.truth import total, truth_of

pytestmark = pytest.mark.database

OPENAI = an_account("openai")
"""The small trace, from 19 to 21 November."""
TRUTH = total(truth_of(OPENAI).values())
REVISED_AT = "2026-12-02T06:30:00Z"
UNTIL_THEN_PERCENT = 10
"""What the provider says until it revises: a tenth of what was used."""


def polls(story: Story, provider: SandboxHandle) -> None:
    """The hourly poll, at the instant that it is."""
    shop = story.shop
    provider.set_clock(shop.clock.now())
    clients = clients_at(provider.base_urls)
    poll_due(shop.database, clients, shop.context.secrets, shop.clock, cause="hourly", patience=PATIENCE)


def november(story: Story) -> dict[str, Any]:
    """Its totals on the dashboard."""
    span = {"start": "2026-11-01", "end": "2026-12-01"}
    answer = story.shop.api.get("/v1/telemetry/summary", params=span, headers=story.tenant.by_key)
    totals: dict[str, Any] = answer.raise_for_status().json()["totals"]
    return totals


def test_t_plus_48h_reconciliation_reveals_significantly_different_data(story: Story) -> None:
    issuer, shop = with_keys(story), story.shop
    story.imports_credits(tonnes=1)
    story.buys()
    with start_sandbox({"now": OPENED_ON.isoformat(), "accounts": [OPENAI]}) as provider:
        revision = {"at": REVISED_AT, "percent": UNTIL_THEN_PERCENT}
        provider.faults([{"provider": "openai", "kind": "revision", "parameters": revision}])
        connect(
            shop.database,
            clients_at(provider.base_urls),
            shop.context.secrets,
            org_id=story.tenant.org_id,
            provider=ProviderName.OPENAI,
            api_key=SecretStr(admin_key("openai")),
            label=None,
            project_id=None,
            now=shop.clock.now(),
        )
        story.lives_until("2026-12-01T02:00:00")
        polls(story, provider)
        story.closes()
        at_the_end = november(story)
        assert at_the_end["output_tokens"] < TRUTH.output * (UNTIL_THEN_PERCENT + 1) // 100
        assert (issuer.issues(), issuer.receipts()) == (0, [])
        story.lives_until("2026-12-02T07:10:00")
        polls(story, provider)

    story.closes_at("2026-12-03T00:00:00")
    closed = story.paid_periods()[0]
    reconciled = november(story)
    assert (reconciled["output_tokens"], reconciled["requests"]) == (TRUTH.output, TRUTH.requests)
    assert (reconciled["uncached_input_tokens"], reconciled["cache_read_tokens"]) == (TRUTH.uncached, TRUTH.cached)
    assert story.states_of(closed) == CLOSED
    assert closed["closed_at"] - closed["ends_at"] == timedelta(hours=48)
    micrograms = closed["co2e_micrograms_central"]
    assert scaled_by_a_millionth(micrograms) == reconciled["co2e_grams"]["central"]
    assert story.allotted() == {closed["id"]: ceil(micrograms / 10**6)}
    assert issuer.issues() > 0
    (receipt,) = issuer.receipts()
    subject = issuer.get(f"/v1/receipts/{receipt['serial']}.json").json()["credentialSubject"]
    assert subject["usage"]["tokens"]["output"] == str(TRUTH.output)
    assert subject["emissions"]["central"] == str(Mass.from_micrograms(micrograms).micrograms)
    assert subject["adjustments"]["lines"] == []  # nothing came too late

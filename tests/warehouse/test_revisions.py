"""What providers said of a bucket later: one row for each revision after the first, with what was held before it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.warehouse.world import SOME_HOUR, Tenant, build_now

pytestmark = pytest.mark.database

LATER = timedelta(hours=1)
# Class L on host openai, central: 50.966667 micrograms a token of uncached input (as in test_marts).
GRAMS = {10: Decimal("509.666670"), 25: Decimal("1274.166675"), 0: Decimal("0.000000"), 30: Decimal("1529.000010")}


def revisions(tenant: Tenant) -> list[dict[str, Any]]:
    """This organization's, through the app role, in order of arrival."""
    with tenant.database.tenant(tenant.org_id) as connection:
        return connection.execute("select * from marts.fct_usage_revisions order by observation_id").fetchall()


def test_each_revision_has_what_was_held_before_it(tenant: Tenant) -> None:
    account = tenant.account()
    says = [(10, False), (25, False), (0, True), (30, False)]
    for number, (tokens, is_gone) in enumerate(says, start=1):
        bucket = tenant.observe(
            account,
            uncached_input_tokens=tokens,
            requests=number,
            revision=number,
            is_tombstone=is_gone,
            observed_at=SOME_HOUR + number * LATER,
        )
        build_now(tenant.database)
    found = revisions(tenant)
    assert [(row["revision"], row["change"]) for row in found] == [(2, "revised"), (3, "removed"), (4, "returned")]
    for row, (before, after) in zip(found, [(10, 25), (25, 0), (0, 30)], strict=True):
        assert row["usage_hash"] == bucket
        assert (row["previous_uncached_input_tokens"], row["uncached_input_tokens"]) == (before, after)
        assert row["previous_co2e_micrograms_central"] == GRAMS[before]
        assert row["co2e_micrograms_central"] == GRAMS[after]
        assert (row["previous_requests"], row["requests"]) == (row["revision"] - 1, row["revision"])
        assert (row["previous_output_tokens"], row["output_tokens"]) == (None, None)
        assert row["observed_at"] - row["previous_observed_at"] == LATER


def test_what_was_said_once_and_what_does_not_count_is_not_there(tenant: Tenant) -> None:
    account = tenant.account(stream_until="2026-11-21")
    tenant.observe(account, output_tokens=1)
    for revision in (1, 2):
        tenant.observe(account, output_tokens=revision, revision=revision, endpoint="another")
    build_now(tenant.database)
    assert revisions(tenant) == []


def test_a_model_without_grams_has_none_on_either_side(tenant: Tenant) -> None:
    account = tenant.account()
    for revision in (1, 2):
        tenant.observe(account, model="whisper-1", output_tokens=revision, revision=revision)
    build_now(tenant.database)
    (row,) = revisions(tenant)
    assert (row["model_class"], row["previous_output_tokens"], row["output_tokens"]) == ("NA", 1, 2)
    assert (row["previous_co2e_micrograms_central"], row["co2e_micrograms_central"]) == (None, None)

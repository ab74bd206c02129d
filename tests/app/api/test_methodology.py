"""/v1/methodology/models on the wire: each model's class and rule, and what it emitted in the last 30 days."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.context import ServerContext
from app.telemetry.used_models import used_models
from core.database import Database, fetch_one
from tests.app.tenants import Tenant, a_tenant
from tests.app.world import NOW, World
from tests.conftest import NOON
from warehouse.factor_set import CURRENT_VERSION, input_sha256

pytestmark = pytest.mark.database


def answered(api: httpx.Client, tenant: Tenant) -> dict[str, Any]:
    answer: dict[str, Any] = api.get("/v1/methodology/models", headers=tenant.by_read_key).raise_for_status().json()
    return answer


def model(answer: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in answer["data"] if each["model"] == name]
    found.pop("co2e_grams")
    found.pop("share_percent")
    return dict(found)


def test_a_model_has_its_class_the_rule_that_gave_it_and_its_first_day(built_api: httpx.Client, world: World) -> None:
    answer = answered(built_api, world.ada)
    assert (answer["factor_version"], answer["factor_set_sha256"]) == (CURRENT_VERSION, input_sha256(CURRENT_VERSION))
    assert answer["since"] == "2026-10-24"
    claude = model(answer, "claude-sonnet-4-5")
    rule = claude.pop("matched_rule")
    assert claude == {
        "provider": "anthropic", "model": "claude-sonnet-4-5", "model_class": "L", "confidence": "low",
        "hosts": ["anthropic"], "first_seen": "2026-11-20", "last_used": "2026-11-20",
    }  # fmt: skip
    assert rule["normalized_name"] == "claude-sonnet-4-5"
    assert "sonnet" in rule["pattern"]
    unknown = model(answer, "zorblax-9")
    assert (unknown["model_class"], unknown["confidence"]) == ("UNK", "none")
    assert unknown["matched_rule"]["priority"] == 999


def test_masses_are_the_mart_s_and_shares_are_of_their_sum(
    built_api: httpx.Client, built_context: ServerContext, world: World
) -> None:
    data = answered(built_api, world.ada)["data"]
    estimated = [each for each in data if each["co2e_grams"]]
    whole = sum(Decimal(each["co2e_grams"]["central"]) for each in estimated)
    with built_context.database.worker() as connection:
        row = fetch_one(
            connection,
            "select sum(co2e_micrograms_central) as central from marts.fct_usage where org_id = %s and is_counted",
            [world.ada.org_id],
        )
    assert whole * 10**6 == row["central"]
    for each in estimated:
        share = Decimal(each["co2e_grams"]["central"]) * 100 / whole
        assert Decimal(each["share_percent"]) == share.quantize(Decimal("0.01"))
    image = next(each for each in data if each["model"] == "gpt-image-1")
    assert (image["model_class"], image["co2e_grams"], image["share_percent"]) == ("NA", None, None)
    assert [each["co2e_grams"] is not None for each in data] == sorted(
        (each in estimated for each in data), reverse=True
    )


def test_one_organization_s_models_are_not_another_s(built_api: httpx.Client, world: World) -> None:
    assert [each["model"] for each in answered(built_api, world.bob)["data"]] == ["gpt-5"]


def test_before_the_first_build_there_is_nothing(database: Database) -> None:
    tenant = a_tenant(database, "New", now=NOON)
    found = used_models(database, tenant.org_id, now=NOW)
    assert (found.factor_version, found.models, found.central_micrograms) == (None, (), Decimal(0))

"""The dbt project's own rules, over its manifest: layers, grains, units, contracts."""

import json
from pathlib import Path
from typing import Any

import pytest

from warehouse.dbt_runner import Dbt

LAYERS = {
    "staging": {"source"},
    "intermediate": {"source", "staging", "intermediate", "seed"},
    "marts": {"source", "intermediate", "marts", "seed"},
}
NUMERIC = ("_tokens", "_micrograms_", "_micro_wh_", "_rows", "requests", "_per_token", "_cost_")
UNITS = ("in tokens", "micrograms", "micro-watt-hours", "Micro-watt-hours", "Micrograms", "a count")
MONEY = ("micro-US-dollars", "millionths of the currency")
BOUNDS = ("low", "central", "high")
EMISSIONS = {
    *(
        f"{stem}_{bound}"
        for bound in BOUNDS
        for stem in ("co2e_micrograms", "energy_micro_wh", "avoided_by_cache_micrograms")
    ),
    *(
        f"{counter}_co2e_micrograms_{bound}"
        for bound in BOUNDS
        for counter in ("uncached_input", "cache_read", "cache_write", "output")
    ),
}
COUNTERS = ("uncached_input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning")
STATED = (
    {f"{stem}_{bound}" for bound in BOUNDS for stem in ("co2e_micrograms", "energy_micro_wh")}
    | {f"{counter}_tokens" for counter in COUNTERS if counter != "reasoning"}
    | {"org_id", "period_id", "origin_period_id", "account_id", "project_id", "provider", "model", "model_class"}
    | {"host", "factor_version", "requests", "is_adjustment", "usage_date"}
)
ROLLED_UP = (
    EMISSIONS
    | {f"{counter}_{what}" for counter in COUNTERS if counter != "reasoning" for what in ("tokens", "known_rows")}
    | {"org_id", "account_id", "provider", "is_counted", "usage_date", "requests", "requests_known_rows"}
    | {"usage_rows", "unestimated_usage_rows", "unknown_model_usage_rows"}
)
# What Python and readers outside dbt name: a renamed column fails here first.
CONTRACT = {
    "fct_usage": EMISSIONS
    | {f"{counter}_tokens" for counter in COUNTERS}
    | {"org_id", "usage_hash", "account_id", "workload_id", "project_id", "provider", "endpoint_family", "bucket_width"}
    | {"period_id"}
    | {"correction_id"}
    | {
        "bucket_started_at",
        "usage_date",
        "model",
        "model_class",
        "class_confidence",
        "host",
        "factor_version",
        "upstream",
    }
    | {"provider_project_id", "api_key_id", "service_tier", "is_batch", "revision", "observation_id", "requests"}
    | {"byok_requests", "is_counted", "left_out_reason", "observed_at"},
    "fct_usage_revisions": {f"{side}{counter}_tokens" for side in ("previous_", "") for counter in COUNTERS[:-1]}
    | {f"{side}co2e_micrograms_{bound}" for side in ("previous_", "") for bound in BOUNDS}
    | {"org_id", "observation_id", "usage_hash", "account_id", "provider", "endpoint_family", "bucket_width", "model"}
    | {"model_class", "host", "factor_version", "provider_project_id", "api_key_id", "service_tier", "change"}
    | {"revision", "previous_requests", "requests", "is_batch", "usage_date", "bucket_started_at"}
    | {"previous_observed_at", "observed_at"},
    "fct_daily_emissions": EMISSIONS
    | {f"{counter}_{what}" for counter in COUNTERS for what in ("tokens", "known_rows")}
    | {"org_id", "account_id", "usage_date", "workload_id", "project_id", "provider", "model", "model_class", "host"}
    | {"class_confidence", "factor_version", "is_counted", "usage_rows"}
    | {"requests", "requests_known_rows", "byok_requests"},
    "fct_daily_models": ROLLED_UP | {"model", "model_class", "class_confidence"},
    "fct_daily_projects": ROLLED_UP | {"project_id"},
    "fct_period_usage": STATED | {"usage_hash", "bucket_started_at"},
    "fct_period_lines": STATED | {"usage_rows", "sealed_project_name", "is_sealed"},
    "dim_accounts": {"org_id", "account_id", "provider", "connection_id", "connection_label", "is_connected"},
    "dim_projects": {"org_id", "project_id", "project_name", "is_default", "is_archived"},
    "rpt_methodology": {"factor_version", "model_class", "host", "counter", "is_current"}
    | {f"{unit}_per_token_{bound}" for unit in ("micrograms_co2e", "micro_wh") for bound in BOUNDS},
    "rpt_provider_accuracy": {"org_id", "account_id", "provider", "usage_date", "asked_at"}
    | {f"{whose}_{counter}_tokens" for whose in ("counted", "provider") for counter in COUNTERS[:-1]}
    | {"counted_requests", "provider_requests"},
    "rpt_provider_costs": {"org_id", "account_id", "provider", "usage_date", "asked_at", "currency"}
    | {"priced_cost_micro_usd", "priced_tokens", "unpriced_tokens"}
    | {"provider_token_cost_micros", "provider_other_cost_micros"},
}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("parse")
    Dbt("postgres", {}, folder).run(["parse"])
    parsed: dict[str, Any] = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    return parsed


def nodes(manifest: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == kind}


def layer(manifest: dict[str, Any], key: str) -> str:
    kind = key.partition(".")[0]
    return kind if kind != "model" else str(manifest["nodes"][key]["schema"])


def test_a_layer_reads_only_what_it_may(manifest: dict[str, Any]) -> None:
    for key, model in nodes(manifest, "model").items():
        for parent in model["depends_on"]["nodes"]:
            assert layer(manifest, parent) in LAYERS[layer(manifest, key)], f"{key} reads {parent}"


def test_marts_read_of_ops_only_what_names_things(manifest: dict[str, Any]) -> None:
    read = {
        parent.rpartition(".")[2]
        for key, model in nodes(manifest, "model").items()
        for parent in model["depends_on"]["nodes"]
        if layer(manifest, key) == "marts" and parent.startswith("source")
    }
    assert read == {"provider_accounts", "connections", "projects"}


def test_money_reaches_the_mart_of_costs_and_nothing_else(manifest: dict[str, Any]) -> None:
    reached, before = {"provider_costs", "model_prices"}, set[str]()
    while reached != before:
        before = set(reached)
        for model in nodes(manifest, "model").values():
            if {parent.rpartition(".")[2] for parent in model["depends_on"]["nodes"]} & before:
                reached.add(model["name"])
    money = {"provider_costs", "model_prices"}
    assert reached - money == {"int_provider_costs", "int_compared_days", "int_model_prices", "rpt_provider_costs"}


def test_a_model_says_its_grain_first(manifest: dict[str, Any]) -> None:
    for key, model in nodes(manifest, "model").items():
        assert model["description"].startswith("One row per "), key
        assert model["raw_code"].startswith("-- Grain: one row per "), key


def test_every_column_is_described_and_numbers_name_their_unit(manifest: dict[str, Any]) -> None:
    for key, node in {**nodes(manifest, "model"), **nodes(manifest, "seed")}.items():
        for name, column in node["columns"].items():
            assert column["description"], f"{key}.{name}"
            if any(part in name for part in NUMERIC):
                said = column["description"]
                assert any(unit in said for unit in (*UNITS, *MONEY)), f"{key}.{name}: {said}"
            elif column["data_type"] in ("bigint", "integer"):
                assert "no unit" in column["description"], f"{key}.{name}: {column['description']}"


def test_every_mart_has_an_enforced_contract(manifest: dict[str, Any]) -> None:
    marts = {node["name"]: node for node in nodes(manifest, "model").values() if node["schema"] == "marts"}
    assert {name: set(node["columns"]) for name, node in marts.items()} == CONTRACT
    assert all(node["config"]["contract"]["enforced"] for node in marts.values())
    for node in marts.values():
        bare = [name for name, column in node["columns"].items() if column["data_type"] == "numeric"]
        assert bare == [], node["name"]


def test_names_of_unit_tests_fit_postgres(manifest: dict[str, Any]) -> None:
    # PostgreSQL refused a unit test whose name had 67 characters.
    assert max(len(test["name"]) for test in manifest["unit_tests"].values()) <= 40


def test_no_database_is_needed_to_parse(manifest: dict[str, Any]) -> None:
    assert Path(manifest["nodes"]["model.carbonledger.fct_usage"]["original_file_path"]).parts[0] == "dbt_project"

"""The fifteen worked examples of 2026.1 through the warehouse models."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from core.database import Database
from tests.warehouse.world import SOME_HOUR, Account, Tenant, a_tenant, build_now
from warehouse.factor_set import BOUNDS, CURRENT_VERSION, Bound, bounded, read_table
from warehouse.worked_examples import worked_examples

pytestmark = pytest.mark.database

# How usage on a host reaches the product: (provider, vendor in the router's name, upstream).
ROUTES: dict[str, tuple[str, str, str | None]] = {
    "openai": ("openai", "", None),
    "anthropic": ("anthropic", "", None),
    "google": ("openrouter", "google/", "Google"),
    "azure_openai": ("openrouter", "openai/", "Azure"),
    "mistral": ("openrouter", "mistralai/", "Mistral"),
    "deepseek": ("openrouter", "deepseek/", "DeepSeek"),
    "gpu_cloud_us": ("openrouter", "deepseek/", "Together"),
}
EXAMPLES = worked_examples(CURRENT_VERSION)
# Example column -> (counter, column stem of model_classes.csv).
TOKENS = {
    "uncached_in": ("uncached_input_tokens", "j_in"),
    "cache_read": ("cache_read_tokens", "j_cache_read"),
    "cache_write": ("cache_write_5m_tokens", "j_cache_write"),
    "output": ("output_tokens", "j_out"),
}


@pytest.fixture(scope="module")
def priced(shared_database: Database) -> dict[str, dict[str, Any]]:
    """Each example's row of fct_usage, by the example's id."""
    tenant = a_tenant(shared_database, "Worked examples")
    accounts: dict[str, Account] = {}
    hashes = {}
    for hour, example in enumerate(EXAMPLES):
        provider, vendor, upstream = ROUTES[example["host"]]
        account = accounts.get(provider) or accounts.setdefault(provider, tenant.account(provider))
        hashes[example["id"]] = tenant.observe(
            account,
            model=vendor + example["model"],
            upstream=upstream,
            bucket_started_at=SOME_HOUR + timedelta(hours=hour),
            requests=int(example["requests"] or 0) or None,
            **{counter: int(example[column]) for column, (counter, _) in TOKENS.items()},
        )
    build_now(shared_database)
    rows = {row["usage_hash"]: row for row in tenant.usage()}
    return {example: rows[usage_hash] for example, usage_hash in hashes.items()}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"example-{example['id']}")
def test_a_worked_example_comes_out(example: dict[str, str], priced: dict[str, dict[str, Any]]) -> None:
    row = priced[example["id"]]
    assert (row["model_class"], row["host"]) == (example["class"], example["host"])
    grams = row["co2e_micrograms_central"] / 1_000_000
    watt_hours = row["energy_micro_wh_central"] / 1_000_000
    assert within_rounding(grams, example["g_total"])
    assert within_rounding(watt_hours, example["wh_fac"])
    tokens = sum(int(example[column]) for column in TOKENS)
    for bound in BOUNDS:
        micrograms, micro_wh = linear(example, bound)
        # A factor is rounded once, to half a millionth of a unit at most, for each token.
        allowed = Fraction(tokens, 2_000_000)
        assert abs(Fraction(row[f"co2e_micrograms_{bound}"]) - micrograms) <= allowed
        assert abs(Fraction(row[f"energy_micro_wh_{bound}"]) - micro_wh) <= allowed


def linear(example: dict[str, str], bound: Bound) -> tuple[Fraction, Fraction]:
    """Micrograms and micro-Wh by the rules' formula, apart from the builder: sums of products, exact."""
    (model_class,) = [row for row in read_table(CURRENT_VERSION, "model_classes") if row["class"] == example["class"]]
    (host,) = [row for row in read_table(CURRENT_VERSION, "hosting") if row["host_key"] == example["host"]]
    (embodied,) = [row for row in read_table(CURRENT_VERSION, "coefficients") if row["symbol"] == "EF_emb"]
    joules = sum(int(example[column]) * bounded(model_class, stem, bound) for column, (_, stem) in TOKENS.items())
    it_kwh = Fraction(joules) / 3_600_000
    facility_kwh = it_kwh * bounded(host, "pue", bound)
    grams = facility_kwh * bounded(host, "grid_g_per_kwh", bound) + it_kwh * Fraction(embodied[bound])
    return grams * 10**6, facility_kwh * 10**9


def within_rounding(value: Decimal, printed: str) -> bool:
    """Is `value` within one unit of the last of the four digits that the file prints?

    One and not a half: the file's joules per token are rounded to three digits in places, its results came before that.
    """
    shown = Decimal(printed)
    unit = Decimal(1).scaleb(shown.adjusted() - 3)
    return abs(value - shown) <= unit


@pytest.mark.parametrize(("provider", "model"), [("openai", "gpt-4o"), ("anthropic", "claude-opus-4-5")])
def test_cached_tokens_emit_eight_percent_of_uncached_ones(tenant: Tenant, provider: str, model: str) -> None:
    account = tenant.account(provider)
    tenant.observe(account, model=model, uncached_input_tokens=1_000_000, cache_read_tokens=1_000_000)
    build_now(tenant.database)
    row = tenant.one_usage()
    uncached, cached = (row[f"{name}_co2e_micrograms_central"] for name in ("uncached_input", "cache_read"))
    # Both factors are rounded to a millionth of a microgram per token: 0.54 micrograms of some 4 grams.
    assert abs(cached - uncached * Decimal("0.08")) <= Decimal("0.54")

"""Prices out of the public list: per counter and tier, over days; and what is left a hole. Figures are of genai-prices
0.2.3, which quotes the providers' own pages."""

import ast
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.source_tree import PRODUCT_PACKAGES, name_of, python_files
from warehouse.price_list import NOT_LISTED, PriceSpan, TokenPrices, price_spans

BATCH_LISTED = date(2026, 10, 14)


def test_no_process_imports_the_list_before_it_needs_a_price() -> None:
    at_head = [
        name_of(path)
        for path in python_files(*PRODUCT_PACKAGES)
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ImportFrom) and node.module == "warehouse.price_list"
    ]
    assert at_head == []


def prices(*counters: str | None) -> TokenPrices:
    return TokenPrices(*(None if text is None else Decimal(text) for text in counters))


def test_every_counter_has_its_own_price_and_a_batch_has_half_of_it() -> None:
    assert price_spans("anthropic", "claude-opus-4-8") == [
        PriceSpan("standard", None, None, prices("5", "0.5", "6.25", "10", "25")),
        PriceSpan("batch", BATCH_LISTED, None, prices("2.5", "0.25", "3.125", "5", "12.5")),
    ]


def test_a_cache_counter_without_a_price_costs_what_input_does_and_a_missing_output_price_is_a_hole() -> None:
    spans = {span.tier: span.prices for span in price_spans("openai", "gpt-5-mini-2025-08-07")}
    assert spans == {
        "standard": prices("0.25", "0.025", "0.25", "0.25", "2"),
        "batch": prices("0.125", "0.0125", "0.125", "0.125", "1"),
        "flex": prices("0.125", "0.0125", "0.125", "0.125", "1"),
        "priority": prices("0.45", "0.045", "0.45", "0.45", "3.6"),
    }
    embedding = price_spans("openai", "text-embedding-3-small")[0]
    assert embedding.prices == prices("0.02", "0.02", "0.02", "0.02", None)


def test_a_price_that_changed_has_a_span_of_days_each() -> None:
    spans = price_spans("openrouter", "deepseek/deepseek-chat-v3.1")
    assert [(span.from_day, span.until_day, span.prices.output) for span in spans] == [
        (None, date(2026, 10, 19), Decimal("0.79")),
        (date(2026, 10, 19), date(2026, 11, 3), Decimal("0.95")),
        (date(2026, 11, 3), date(2026, 11, 9), Decimal("1.65")),
        (date(2026, 11, 9), None, Decimal(1)),
    ]


def test_of_prices_by_prompt_length_the_one_for_short_prompts_is_taken() -> None:
    standard = price_spans("anthropic", "claude-sonnet-4-5-20250929")[0]
    assert standard.prices == prices("3", "0.3", "3.75", "6", "15")


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("anthropic", "research-preview-11"),
        ("openai", "nova-preview-0301"),
        ("openrouter", "stealth/aurora-beta"),
        ("openai", ""),
        ("openai", "gpt-4o-mini-transcribe"),  # audio and text are one counter, and two prices
        ("openai", "gpt-image-1"),
    ],
)
def test_what_is_not_listed_or_not_told_apart_by_our_counters_is_a_hole(provider: str, model: str) -> None:
    assert {span.prices for span in price_spans(provider, model)} == {NOT_LISTED}


@pytest.mark.parametrize("model", ["gpt-5", "gpt-5-mini", "gpt-4o", "o3", "gpt-image-1", "gpt-4.1-nano"])
def test_spans_of_a_tier_never_overlap(model: str) -> None:
    spans = price_spans("openai", model)
    for before, after in pairwise(spans):
        if before.tier == after.tier:
            assert before.until_day is not None
            assert after.from_day is not None
            assert before.until_day <= after.from_day
    assert [(spans[0].tier, spans[0].from_day)] == [("standard", None)]

"""Model names: normalised step by step, then the first pattern whose vendor fits."""

import re

import pytest

from warehouse.factor_set import CURRENT_VERSION, read_table
from warehouse.model_names import ModelNames, normalized

NAMES = ModelNames.of_version(CURRENT_VERSION)


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("  GPT-4o ", "gpt-4o"),
        ("gpt-4o@2024-08-06", "gpt-4o"),
        ("deepseek/deepseek-r1:free", "deepseek-r1"),
        ("anthropic/claude-3.7-sonnet:thinking", "claude-3-7-sonnet"),
        ("a/b/c", "c"),
        ("ft:gpt-4o-mini-2024-07-18:acme::abc", "gpt-4o-mini-2024-07-18:acme::abc"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929"),
        ("us-gov.anthropic.claude-3-haiku-v1:0:200k", "claude-3-haiku"),
        ("amazon.nova-lite-v1:0", "nova-lite"),
        ("gpt-5.6", "gpt-5.6"),
        ("model-v1:0", "model-v1:0"),
    ],
)
def test_a_name_is_normalised_in_the_order_of_the_rules(spelled: str, name: str) -> None:
    assert normalized(spelled) == name


@pytest.mark.parametrize(
    ("provider", "model", "model_class", "confidence"),
    [
        ("openai", "gpt-4o", "L", "low"),
        ("openai", "gpt-4o-mini-2024-07-18", "S", "low"),
        ("openai", "gpt-5-pro", "XXL", "low"),
        ("openai", "gpt-4o-transcribe", "NA", "high"),
        ("openai", "text-embedding-3-small", "XS", "medium"),
        ("openai", "claude-sonnet-4-5", "UNK", "none"),
        ("openai", "ft:gpt-4o-mini-2024-07-18:acme::abc", "S", "low"),
        ("anthropic", "claude-opus-4-1-20250805", "XXL", "low"),
        ("anthropic", "claude-opus-4-5", "XL", "low"),
        ("anthropic", "claude-haiku-4-5", "M", "low"),
        ("anthropic", "claude-something-new", "L", "low"),
        ("openrouter", "anthropic/claude-sonnet-4.5", "L", "low"),
        ("openrouter", "meta-llama/llama-3.1-405b-instruct", "XL", "high"),
        ("openrouter", "x-ai/grok-4", "XL", "low"),
        ("openrouter", "z-ai/glm-4.6", "OM", "medium"),
        ("openrouter", "moonshotai/kimi-k2", "OM", "medium"),
        ("openrouter", "mistralai/mistral-large-2407", "L", "high"),
        ("openrouter", "somebody/gpt-4o", "UNK", "none"),
        ("openrouter", "somebody/a-model-70b", "M", "medium"),
        ("openrouter", "gemini-2.5-flash", "L", "low"),
        ("openrouter", "openrouter/auto", "UNK", "none"),
    ],
)
def test_a_model_has_the_class_of_the_first_pattern(
    provider: str, model: str, model_class: str, confidence: str
) -> None:
    resolved = NAMES.resolve(provider, model)
    assert (resolved.model_class, resolved.confidence) == (model_class, confidence)


def test_patterns_are_tried_by_priority_and_then_in_file_order() -> None:
    rows = read_table(CURRENT_VERSION, "model_aliases")
    expected = sorted(enumerate(rows), key=lambda pair: (int(pair[1]["priority"]), pair[0]))
    assert [alias.pattern for alias in NAMES.aliases] == [row["pattern_regex"] for _, row in expected]


def test_no_pattern_looks_around() -> None:
    assert not [alias.pattern for alias in NAMES.aliases if re.search(r"\(\?[=!<]", alias.pattern)]

"""What the sandbox bills: a price list of its own, in millionths of a micro-dollar (10^-12 US dollars) per token.

Most prices are those that the providers publish, so that a product which prices usage by a public list agrees to the
last digit. Some are not, and known: GPT-4o, Claude Haiku 4.5 and DeepSeek cost a tenth more than listed, as under terms
of an organization's own. Models that no list has are billed too. A batch costs half.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sandbox.usage.records import Counts

USD = 10**12
CENT = 10**10


class Prices(NamedTuple):
    """Per token. A write without a price of its own costs what input does, as at OpenAI."""

    uncached_input: int
    cache_read: int
    output: int
    cache_write_short: int
    cache_write_long: int


def _openai(uncached_input: int, cache_read: int, output: int) -> Prices:
    return Prices(uncached_input, cache_read, output, uncached_input, uncached_input)


def _anthropic(uncached_input: int, output: int) -> Prices:
    """A read costs a tenth of input, a write 5/4 of it for five minutes and twice as much for an hour."""
    return Prices(uncached_input, uncached_input // 10, output, uncached_input * 5 // 4, uncached_input * 2)


PRICES = {
    "gpt-5-2025-08-07": _openai(1_250_000, 125_000, 10_000_000),
    "gpt-5-mini-2025-08-07": _openai(250_000, 25_000, 2_000_000),
    "gpt-4o-2024-08-06": _openai(2_750_000, 1_375_000, 11_000_000),
    "text-embedding-3-large": _openai(130_000, 130_000, 0),
    "text-embedding-3-small": _openai(20_000, 20_000, 0),
    "claude-opus-4-8": _anthropic(5_000_000, 25_000_000),
    "claude-sonnet-4-5-20250929": _anthropic(3_000_000, 15_000_000),
    "claude-haiku-4-5-20251001": _anthropic(1_100_000, 5_500_000),
    "anthropic/claude-4.5-sonnet-20250929": _anthropic(3_000_000, 15_000_000),
    "openai/gpt-5-mini-2025-08-07": _openai(250_000, 25_000, 2_000_000),
    "deepseek/deepseek-chat-v3.1": _openai(297_000, 297_000, 1_100_000),
}
_ANY_OTHER = _openai(2_000_000, 200_000, 8_000_000)

_WORDS = {
    "uncached_input": "input_tokens",
    "cache_read": "cached_input_tokens",
    "output": "output_tokens",
    "cache_write_short": "cache_write_tokens",
    "cache_write_long": "long_cache_write_tokens",
}


class Line(NamedTuple):
    """One counter of a bill: `counter` is a field of Counts, `word` what OpenAI's line items call it."""

    counter: str
    word: str
    tokens: int
    amount: int


def bill(model: str, counts: Counts, *, is_batch: bool = False) -> Iterator[Line]:
    """The lines of a bill that are not empty."""
    prices = PRICES.get(model, _ANY_OTHER)
    for counter, word in _WORDS.items():
        tokens = getattr(counts, counter)
        if tokens:
            whole = tokens * getattr(prices, counter)
            yield Line(counter, word, tokens, whole // 2 if is_batch else whole)

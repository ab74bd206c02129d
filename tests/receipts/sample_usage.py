"""The sealed usage file of the sample receipt: four rows, six prices, every number worked out by hand.

Search   openai     gpt-5          1 000 000 in, 200 001 out      3 600 010.5 ug  (650 002 to 14 350 040.5)
Support  anthropic  claude-opus-5  300 in, 1 000 read, 7 written, 55 out  3 497.375 ug  (879.625 to 9 170.875)
Support  openai     gpt-5          3 out                                31.5 ug  (6 to 121.5)
Search   openai     gpt-5          -1 001 in, of September          -1 501.5 ug  (-250.25 to -6 256.25)
"""

from typing import Any

from carbonledger.verify.canonical import canonical

CARRY_IN_MICROGRAMS = "600000.25"
COVERAGE_LIMIT_GRAMS = "1000"

# Micrograms and micro-Wh a token: low, central, high.
PRICES: dict[tuple[str, str, str], tuple[tuple[str, str, str], tuple[str, str, str]]] = {
    ("L", "openai", "output"): (("2", "10.5", "40.5"), ("3", "12.5", "60")),
    ("L", "openai", "uncachedInput"): (("0.25", "1.5", "6.25"), ("0.5", "2", "8")),
    ("XL", "anthropic", "cacheRead"): (("0.1", "0.4", "1.3"), ("0.2", "0.8", "2.6")),
    ("XL", "anthropic", "cacheWrite5m"): (("1.375", "5.125", "11.625"), ("2.75", "10.25", "23.25")),
    ("XL", "anthropic", "output"): (("8", "33.3", "90.9"), ("16", "66.6", "181.8")),
    ("XL", "anthropic", "uncachedInput"): (("1.1", "4.1", "9.3"), ("2.2", "8.2", "18.6")),
}
COUNTERS = ("uncachedInput", "cacheRead", "cacheWrite5m", "cacheWrite1h", "output")
OPENAI = {"provider": "openai", "model": "gpt-5", "modelClass": "L", "host": "openai"}
ANTHROPIC = {"provider": "anthropic", "model": "claude-opus-5", "modelClass": "XL", "host": "anthropic"}


def tokens(**known: str) -> dict[str, str | None]:
    """All five counters; those that are not given are not known."""
    return {counter: known.get(counter) for counter in COUNTERS}


def bounds(low: str, central: str, high: str) -> dict[str, str]:
    return {"low": low, "central": central, "high": high}


def usage_lines() -> list[dict[str, Any]]:
    """Header, prices and rows, in the file's order; to alter before `as_file`."""
    factors = [
        {
            "kind": "factor",
            "version": "2026.1",
            "class": model_class,
            "host": host,
            "counter": counter,
            "bound": bound,
            "microgramsPerToken": micrograms,
            "microWhPerToken": micro_wh,
        }
        for (model_class, host, counter), (masses, energies) in PRICES.items()
        for bound, micrograms, micro_wh in zip(("low", "central", "high"), masses, energies, strict=True)
    ]
    rows = _rows()
    header = {
        "format": "carbonledger-sealed-usage-1",
        "period": {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"},
        "methodologyVersion": "2026.1",
        "carryInMicrograms": CARRY_IN_MICROGRAMS,
        "coverageLimitGrams": COVERAGE_LIMIT_GRAMS,
        "factors": str(len(factors)),
        "rows": str(len(rows)),
    }
    return [header, *factors, *rows]


def as_file(lines: list[dict[str, Any]]) -> bytes:
    return b"".join(canonical(line) + b"\n" for line in lines)


def _rows() -> list[dict[str, Any]]:
    september = {"start": "2026-09-01T00:00:00Z", "end": "2026-10-01T00:00:00Z"}
    row = {"kind": "usage", "methodologyVersion": "2026.1", "origin": None}
    return [
        {
            **row,
            **OPENAI,
            "usageHash": "d0" * 32,
            "bucketStart": "2026-09-30T22:00:00Z",
            "origin": september,
            "project": "Search",
            "tokens": tokens(uncachedInput="-1001"),
            "requests": "-2",
            "emissions": bounds("-250.25", "-1501.5", "-6256.25"),
            "energy": bounds("-500.5", "-2002", "-8008"),
        },
        {
            **row,
            **OPENAI,
            "usageHash": "a0" * 32,
            "bucketStart": "2026-10-02T09:00:00Z",
            "project": "Search",
            "tokens": tokens(uncachedInput="1000000", output="200001"),
            "requests": "120",
            "emissions": bounds("650002", "3600010.5", "14350040.5"),
            "energy": bounds("1100003", "4500012.5", "20000060"),
        },
        {
            **row,
            **ANTHROPIC,
            "usageHash": "b0" * 32,
            "bucketStart": "2026-10-02T09:00:00Z",
            "project": "Support",
            "tokens": tokens(uncachedInput="300", cacheRead="1000", cacheWrite5m="7", output="55"),
            "requests": "4",
            "emissions": bounds("879.625", "3497.375", "9170.875"),
            "energy": bounds("1759.25", "6994.75", "18341.75"),
        },
        {
            **row,
            **OPENAI,
            "usageHash": "c0" * 32,
            "bucketStart": "2026-10-31T23:00:00Z",
            "project": "Support",
            "tokens": tokens(output="3"),
            "requests": None,
            "emissions": bounds("6", "31.5", "121.5"),
            "energy": bounds("9", "37.5", "180"),
        },
    ]

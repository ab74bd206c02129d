"""The example of a summary in the API reference: one model on one day, so that row and totals are the same."""

_MEASURES = {
    "uncached_input_tokens": 1_200_000,
    "cache_read_tokens": 3_400_000,
    "cache_write_5m_tokens": None,
    "cache_write_1h_tokens": None,
    "output_tokens": 96_000,
    "requests": 1_250,
    "tokens": 4_696_000,
    "co2e_grams": {"low": "21.48", "central": "57.9032", "high": "160.22716"},
    "energy_wh": {"low": "70.1", "central": "151.25", "high": "340.333"},
    "avoided_by_cache_grams": {"low": "10.2", "central": "29.41", "high": "88.0071"},
    "co2e_by_counter": {
        "uncached_input": {"low": "7.16", "central": "19.1032", "high": "53.22716"},
        "cache_read": {"low": "1.32", "central": "3.8", "high": "11"},
        "cache_write": None,
        "output": {"low": "13", "central": "35", "high": "96"},
    },
    "usage_rows": 12,
    "known_rows": {
        "uncached_input_tokens": 12,
        "cache_read_tokens": 12,
        "cache_write_5m_tokens": 0,
        "cache_write_1h_tokens": 0,
        "output_tokens": 12,
        "requests": 12,
    },
    "unestimated_usage_rows": 0,
    "unknown_model_usage_rows": 0,
}
_NOTHING = {
    **dict.fromkeys(_MEASURES),
    "co2e_by_counter": dict.fromkeys(("uncached_input", "cache_read", "cache_write", "output")),
    "known_rows": dict.fromkeys(
        ("uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
         "output_tokens", "requests"), 0
    ),
    "usage_rows": 0,
    "unestimated_usage_rows": 0,
    "unknown_model_usage_rows": 0,
}  # fmt: skip

SUMMARY = {
    "data": [{"model": "gpt-5", "day": "2026-11-20", **_MEASURES}],
    "totals": _MEASURES,
    "left_out": _NOTHING,
    "unknown_models": [],
    "unestimated_models": [],
    "start": "2026-11-20T00:00:00Z",
    "end": "2026-11-21T00:00:00Z",
    "group_by": ["model", "day"],
    "data_through": "2026-11-22T11:00:00Z",
    "built_at": "2026-11-22T11:12:03Z",
    "stalled_connections": [],
}

"""The dashboard's colours: ink on paper, one green, and two scales that colour-blind eyes can tell apart."""

from collections.abc import Sequence

GREEN = "#0b6e4f"
INK = "#17201b"
MUTED = "#5f6b64"
LINE = "#e4e2d9"
PAPER = "#fbfaf6"

SERIES: Sequence[str] = ("#0b6e4f", "#e2a33b", "#3d6fb4", "#c65b41", "#7b5aa6", "#5fb0a5", "#a08b57")
OTHER = "#b9bdb4"
"""What is left after the largest series."""

COUNTER_COLOURS = {
    "uncached_input_tokens": "#0b6e4f",
    "cache_read_tokens": "#a9d8c4",
    "cache_write_5m_tokens": "#5fb0a5",
    "cache_write_1h_tokens": "#3f8a92",
    "output_tokens": "#e2a33b",
}

THEME = {
    "base": "light",
    "primaryColor": GREEN,
    "backgroundColor": PAPER,
    "secondaryBackgroundColor": "#f2f0e8",
    "textColor": INK,
    "linkColor": GREEN,
    "borderColor": LINE,
    "showWidgetBorder": True,
    "baseRadius": "10px",
    "baseFontSize": 15,
    "headingFontWeights": [650, 600, 600],
    "headingFontSizes": ["1.75rem", "1.25rem", "1.05rem"],
    "sidebar.backgroundColor": "#10231b",
    "sidebar.secondaryBackgroundColor": "#1b3429",
    "sidebar.textColor": "#e3ede7",
    "sidebar.primaryColor": "#8ed3b4",
    "sidebar.linkColor": "#8ed3b4",
    "sidebar.borderColor": "#284437",
}


def series_colours(names: Sequence[str], *, other: str) -> dict[str, str]:
    """A colour a name, in order; names beyond the scale and `other` share the neutral one."""
    colours = dict(zip((name for name in names if name != other), SERIES, strict=False))
    return {name: colours.get(name, OTHER) for name in names}

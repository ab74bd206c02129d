"""The dashboard's colours: ink on paper and one green, by day and by night.

Each colour has a value for the light and one for the dark theme. Style sheet, templates and charts name it as a CSS
variable, and the browser takes the value of the theme that the reader looks at; Streamlit is told both themes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Colour:
    light: str
    dark: str


COLOURS: Mapping[str, Colour] = {
    "ink": Colour("#17201b", "#e8efeb"),
    "muted": Colour("#5f6b64", "#a3b1aa"),
    "paper": Colour("#fbfaf6", "#0f1713"),
    "card": Colour("#ffffff", "#16201b"),
    "soft": Colour("#f2f0e8", "#1e2a24"),
    "line": Colour("#e4e2d9", "#2c3a33"),
    "hair": Colour("#f0eee6", "#222e28"),
    "green": Colour("#0b6e4f", "#6fc7a3"),
    "on-green": Colour("#ffffff", "#0b1a13"),
    "green-ink": Colour("#0a4a36", "#b4e5cf"),
    "green-soft": Colour("#e6f1ec", "#12352a"),
    "green-line": Colour("#c5e0d4", "#28604c"),
    "amber": Colour("#8a5a00", "#e8bd66"),
    "amber-ink": Colour("#5f3f04", "#f3d79c"),
    "amber-soft": Colour("#fdf3dc", "#3a2c0d"),
    "amber-line": Colour("#f0dcae", "#6b5420"),
    "red": Colour("#a3311c", "#f29c88"),
    "red-ink": Colour("#6f2213", "#f6bfb1"),
    "red-soft": Colour("#fbeae6", "#401a12"),
    "red-line": Colour("#f1cdc4", "#7b3828"),
    # The total's card is dark by day too: its style sets color-scheme, and every variable in it is the dark one.
    "deep": Colour("#10231b", "#12291f"),
    "track": Colour("#e7e5dc", "#38564a"),
}

# Against the card 3 to 1 or more, and apart for eyes that do not tell red from green.
SERIES_COLOURS: Sequence[Colour] = (
    Colour("#0b6e4f", "#4cc296"),
    Colour("#cc7a33", "#f0c453"),
    Colour("#24508f", "#4a74cc"),
    Colour("#b2351b", "#e8703f"),
    Colour("#7d64c8", "#c6a0f0"),
    Colour("#2f93b5", "#b0eedd"),
    Colour("#4a3526", "#9a6440"),
)
OTHER_COLOUR = Colour("#908e86", "#8b9394")
"""What is left after the largest series."""

COUNTERS: Mapping[str, Colour] = {
    "uncached_input_tokens": Colour("#0b6e4f", "#4cc296"),
    "cache_read_tokens": Colour("#5a9f82", "#3d8268"),
    "cache_write_5m_tokens": Colour("#2f93b5", "#8fcfe4"),
    "cache_write_1h_tokens": Colour("#24508f", "#4a74cc"),
    "output_tokens": Colour("#cc7a33", "#f0c453"),
}

_VARIABLES: Mapping[str, Colour] = {
    **COLOURS,
    **{f"series-{number}": colour for number, colour in enumerate(SERIES_COLOURS, start=1)},
    "series-other": OTHER_COLOUR,
    **{field.replace("_", "-"): colour for field, colour in COUNTERS.items()},
}


def css(name: str) -> str:
    """What stands for the colour in CSS and in a chart; a name that there is not is an error."""
    if name not in _VARIABLES:
        raise KeyError(name)
    return f"var(--cl-{name})"


def style() -> str:
    """A rule that declares every variable. Where an element's color-scheme is dark, so is its colour."""
    declared = (f"--cl-{name}: light-dark({colour.light}, {colour.dark});" for name, colour in _VARIABLES.items())
    return f":root {{ {' '.join(declared)} }}"


INK, MUTED, LINE = css("ink"), css("muted"), css("line")
SERIES: Sequence[str] = tuple(css(f"series-{number}") for number in range(1, len(SERIES_COLOURS) + 1))
OTHER = css("series-other")
COUNTER_COLOURS: Mapping[str, str] = {field: css(field.replace("_", "-")) for field in COUNTERS}


def series_colours(names: Sequence[str], *, other: str) -> dict[str, str]:
    """A colour a name, in order; names beyond the scale and `other` share the neutral one."""
    colours = dict(zip((name for name in names if name != other), SERIES, strict=False))
    return {name: colours.get(name, OTHER) for name in names}

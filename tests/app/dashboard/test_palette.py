"""The palette's colours can be read on each other by day and by night: WCAG 2.2, 1.4.3 (text), 1.4.11 (graphics)."""

import itertools
import re
from pathlib import Path
from typing import Literal

import pytest

from app.dashboard import palette
from app.dashboard.palette import COLOURS, Colour
from app.dashboard.theme import theme_options

DASHBOARD = Path(palette.__file__).parent
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
TEXT, GRAPHICS = 4.5, 3.0
# What style.css and the templates write on what.
WRITTEN_ON = {
    "paper": ("ink", "muted", "green", "amber", "red"),
    "card": ("ink", "muted", "green", "amber", "red", "green-ink", "amber-ink", "red-ink"),
    "soft": ("ink", "muted", "green"),
    "green": ("on-green",),
    "green-soft": ("green-ink", "green", "ink"),
    "amber-soft": ("amber-ink", "amber", "green", "ink"),
    "red-soft": ("red-ink", "red", "green", "ink"),
}
# Machado, Oliveira and Fernandes (2009), severity 1.0, for linear RGB.
EYES = {
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
}
APART = 0.07
"""In Oklab, where 0.02 is what an eye can just tell apart side by side."""

Triple = tuple[float, float, float]


def value(colour: Colour, scheme: Scheme) -> str:
    return colour.light if scheme == "light" else colour.dark


def linear(colour: str) -> Triple:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    of = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    return of[0], of[1], of[2]


def contrast(one: str, other: str) -> float:
    """WCAG's ratio, 1 to 21."""
    light = sorted(sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(of), strict=True)) for of in (one, other))
    return (light[1] + 0.05) / (light[0] + 0.05)


def oklab(rgb: Triple) -> Triple:
    """Björn Ottosson, https://bottosson.github.io/posts/oklab/."""
    red, green, blue = (max(0.0, min(1.0, channel)) for channel in rgb)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.793617785 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.428592205 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.808675766 * short,
    )


def seen_by(eyes: str, colour: str) -> Triple:
    rgb = linear(colour)
    rows = [sum(weight * channel for weight, channel in zip(row, rgb, strict=True)) for row in EYES[eyes]]
    return oklab((rows[0], rows[1], rows[2]))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_has_four_and_a_half_to_one(scheme: Scheme) -> None:
    poor = {
        (text, ground): round(ratio, 2)
        for ground, texts in WRITTEN_ON.items()
        for text in texts
        if (ratio := contrast(value(COLOURS[text], scheme), value(COLOURS[ground], scheme))) < TEXT
    }
    assert poor == {}


@pytest.mark.parametrize("text", ["ink", "muted", "green"])
def test_the_dark_card_of_the_total_can_be_read_in_both_themes(text: str) -> None:
    grounds = COLOURS["deep"]
    assert min(contrast(COLOURS[text].dark, ground) for ground in (grounds.light, grounds.dark)) >= TEXT


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_side_s_own_colours_can_be_read_on_it(scheme: Scheme) -> None:
    of = {name.rpartition(".")[2]: colour for name, colour in theme_options().items() if f"{scheme}.sidebar" in name}
    texts = [of["textColor"], of["linkColor"], of["primaryColor"], COLOURS["muted"].dark, COLOURS["green"].dark]
    assert min(contrast(text, of["backgroundColor"]) for text in texts) >= TEXT


@pytest.mark.parametrize("scheme", SCHEMES)
def test_bars_stand_out_from_the_card(scheme: Scheme) -> None:
    bars = [*palette.SERIES_COLOURS, palette.OTHER_COLOUR, *palette.COUNTERS.values(), COLOURS["green"]]
    ratios = {bar: contrast(value(bar, scheme), value(COLOURS["card"], scheme)) for bar in bars}
    assert {bar: ratio for bar, ratio in ratios.items() if ratio < GRAPHICS} == {}


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_eyes_that_do_not_tell_red_from_green_tell_the_series_apart(scheme: Scheme, eyes: str) -> None:
    for scale in ([*palette.SERIES_COLOURS, palette.OTHER_COLOUR], list(palette.COUNTERS.values())):
        for one, other in itertools.combinations((value(colour, scheme) for colour in scale), 2):
            apart = sum((a - b) ** 2 for a, b in zip(seen_by(eyes, one), seen_by(eyes, other), strict=True)) ** 0.5
            assert apart >= APART, (one, other)


def test_pages_name_colours_only_by_variables_that_there_are() -> None:
    """A hard colour would be right in one of the two themes, a misspelt variable in none."""
    known = set(re.findall(r"--cl-([a-z0-9-]+):", palette.style()))
    for path in [DASHBOARD / "style.css", *(DASHBOARD / "templates").glob("*.html")]:
        text = path.read_text()
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s\"'])", text) == [], path.name
        assert set(re.findall(r"var\(--cl-([a-z0-9-]+)", text)) <= known, path.name
    for path in DASHBOARD.rglob("*.py"):
        if path.name not in {"palette.py", "theme.py"}:
            assert re.findall(r"[\"']#[0-9a-fA-F]{6}[\"']", path.read_text()) == [], path.name

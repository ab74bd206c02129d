"""What Streamlit's own elements look like, by day and by night: its theme options, made from the palette."""

from collections.abc import Mapping
from typing import Any, Literal

from app.dashboard.palette import COLOURS

_SHAPE: Mapping[str, Any] = {
    "showWidgetBorder": True,
    "baseRadius": "10px",
    "baseFontSize": 15,
    "headingFontWeights": [650, 600, 600],
    "headingFontSizes": ["1.75rem", "1.25rem", "1.05rem"],
}
_SIDEBAR: Mapping[str, Any] = {
    "secondaryBackgroundColor": "#1b3429",
    "textColor": "#e3ede7",
    "primaryColor": "#8ed3b4",
    "linkColor": "#8ed3b4",
    "borderColor": "#284437",
}
_SIDEBAR_BACKGROUNDS = {"light": "#10231b", "dark": "#0b120f"}

# Streamlit gives color-scheme to the page and its side, but not to the menus and dialogs that it opens above them: they
# have the root's. It is set in the browser, because no script of ours runs when a reader changes the theme.
ROOT_FOLLOWS = """<script>
const app = document.querySelector("[data-testid=stApp]")
const follow = () => { document.documentElement.style.colorScheme = getComputedStyle(app).colorScheme }
new MutationObserver(follow).observe(app, { attributes: true, attributeFilter: ["class"] })
follow()
</script>"""


def theme_options() -> Mapping[str, Any]:
    """Both themes; which is shown follows the reader's system until they choose one in the menu."""
    shape = {f"theme.{name}": value for name, value in _SHAPE.items()}
    return {**shape, **_colours("light"), **_colours("dark")}


def _colours(scheme: Literal["light", "dark"]) -> Mapping[str, Any]:
    of = {name: getattr(colour, scheme) for name, colour in COLOURS.items()}
    main = {
        "primaryColor": of["green"],
        "backgroundColor": of["paper"],
        "secondaryBackgroundColor": of["soft"],
        "textColor": of["ink"],
        "linkColor": of["green"],
        "borderColor": of["line"],
    }
    side = {"backgroundColor": _SIDEBAR_BACKGROUNDS[scheme], **_SIDEBAR}
    return {
        **{f"theme.{scheme}.{name}": value for name, value in main.items()},
        **{f"theme.{scheme}.sidebar.{name}": value for name, value in side.items()},
    }

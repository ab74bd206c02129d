"""What keeps somebody from reading a page: axe-core's rules in Chromium, and what axe-core cannot know of our pages."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.app.dashboard.browser import wait_until_drawn

AXE = Path(__file__).with_name("axe") / "node_modules" / "axe-core" / "axe.min.js"
STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# Streamlit's own elements that no page can change: rule -> where it is let pass, and why.
LET_PASS = {
    "list": "[data-testid=stSidebarNav]",  # a menu with sections has them between its list and its items
    "listitem": "[data-testid=stSidebarNav]",
    "aria-allowed-attr": "[data-testid=stDateTimeInput]",  # says that a group is required
}

_RUN = """async ([only, letPass]) => {
  const found = await axe.run(document, { runOnly: only, resultTypes: ["violations"] })
  const faults = []
  for (const rule of found.violations) {
    for (const node of rule.nodes) {
      const at = document.querySelector(node.target[0])
      if (letPass[rule.id] && at && at.closest(letPass[rule.id])) continue
      const why = [...node.any, ...node.all, ...node.none].map(check => check.message)[0]
      faults.push(`${rule.id}: ${node.html.slice(0, 120)} (${why})`)
    }
  }
  return faults
}"""

_OWN = """() => {
  const faults = []
  if (document.documentElement.lang !== "en") faults.push("the page does not say its language")
  for (const chart of document.querySelectorAll("[data-testid=stVegaLiteChart]")) {
    const part = chart.closest("[class*=st-key-]") || document
    if (!part.querySelector("table") && !document.querySelector("table[data-of-chart]"))
      faults.push("a chart has no table beside it")
  }
  return faults
}"""

_OVERFLOW = """() => {
  const wide = document.documentElement.scrollWidth - innerWidth
  return wide > 0 ? [`${wide} px wider than the window of ${innerWidth} px`] : []
}"""


@cache
def _axe() -> str:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: scripts/ensure-outside-clients")
    return AXE.read_text()


def faults(page: Page) -> Sequence[str]:
    """Of a page that is drawn: all rules by day at its width, then by night on a telephone what depends on either."""
    page.evaluate(_axe())
    found = [
        *page.evaluate(_RUN, [{"type": "tag", "values": STANDARDS}, LET_PASS]),
        *page.evaluate(_OWN),
        *page.evaluate(_OVERFLOW),
    ]
    wide = page.viewport_size
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("getComputedStyle(document.querySelector('.stApp')).colorScheme === 'dark'")
    page.wait_for_function("document.documentElement.style.colorScheme === 'dark'")
    wait_until_drawn(page)
    found += page.evaluate(_RUN, [{"type": "rule", "values": ["color-contrast"]}, LET_PASS])
    found += page.evaluate(_OVERFLOW)
    page.emulate_media(color_scheme="light")
    if wide:
        page.set_viewport_size(wide)
    return found

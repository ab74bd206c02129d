"""How long a page takes in Chromium: from asking for it to its headline, and to the last thing that it draws."""

import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, sync_playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_MS = 120_000


@dataclass(frozen=True, slots=True)
class PageToLoad:
    """`url` of the nth load; `headline` and `last` are CSS selectors of what is waited for."""

    name: str
    url: Callable[[int], str]
    headline: str
    last: str


@dataclass(frozen=True, slots=True)
class PageSeconds:
    """Medians over the loads: headline and last of one that no cache had, then of the same asked for again."""

    headline: float
    last: float
    headline_again: float
    last_again: float


@contextmanager
def chromium() -> Iterator[Browser]:
    """Ends the program where there is none."""
    found = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise SystemExit("pages are measured in Chromium, and there is none here; Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=found, args=quiet)
        yield browser
        browser.close()


def page_seconds(context: BrowserContext, pages: Sequence[PageToLoad], *, loads: int) -> list[PageSeconds]:
    """In the order of `pages`, which are loaded in turn: what slows the machine for a while slows them all.

    The first round is not counted: in it the browser fills its cache with Streamlit's scripts.
    """
    seconds: list[list[tuple[float, float, float, float]]] = [[] for _ in pages]
    for number in range(loads + 1):
        for page, found in zip(pages, seconds, strict=True):
            first, again = _load(context, page, number), _load(context, page, number)
            if number:
                found.append((*first, *again))
    return [PageSeconds(*(statistics.median(column) for column in zip(*found, strict=True))) for found in seconds]


def _load(context: BrowserContext, wanted: PageToLoad, number: int) -> tuple[float, float]:
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    begun = time.perf_counter()
    page.goto(wanted.url(number), wait_until="commit")
    page.wait_for_selector(wanted.headline)
    headline = time.perf_counter() - begun
    page.wait_for_selector(wanted.last)
    last = time.perf_counter() - begun
    page.close()
    return headline, last

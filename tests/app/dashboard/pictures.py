"""`make pictures`: every page of the demo, by day and by night, wide and narrow, as WebP under docs/images/pages/.

The free organization shows what it has most of; what only a plan has is taken from the second one, which pays.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from app.accounts.principal import SESSION_COOKIE
from app.dashboard.page_list import CREDIT_POOL, PAGES
from tests.app.dashboard.browser import PATIENCE_MS, chromium, wait_until_drawn
from tests.app.running_demo import RunningDemo, running_demo

FOLDER = Path(__file__).parents[3] / "docs" / "images" / "pages"
DAYS = 90
WIDTHS = {"wide": 1440, "narrow": 390}
HIGHEST = {"wide": 1150, "narrow": 1000}
QUALITY = 66
"""Of WebP: text is still sharp, and all pictures together stay below three megabytes."""
OF_THE_PAYING = {"/billing", "/billing-period", "/upgrade", "/receipts", "/receipt"}
WITHOUT_ACCOUNT = {"log-in": "/auth/login", "sign-up": "/auth/signup", "verify": "/verify"}

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main(only: list[str]) -> None:
    """All pages, or those that are named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        running_demo(Path(home) / "home", days=DAYS, paid=True) as demo,
        chromium() as browser,
    ):
        demo.wait_for(r"(Log in with +paid@)")
        paths = paths_of(demo)
        for name, path in {**paths, **WITHOUT_ACCOUNT}.items():
            if not only or name in only:
                take(browser, demo, name, path)


def paths_of(demo: RunningDemo) -> Mapping[str, str]:
    """Name of a page -> its path, with the thing that it is about."""
    with demo.client() as free:
        project = _first(free, "/v1/projects")
        for budget in ({"limit_grams": "150000"}, {"limit_grams": "60000", "project_id": project}):
            free.post("/v1/budgets", json=budget, headers={"Origin": demo.url}).raise_for_status()
        about = {"/project": project, "/mapping": _first(free, "/v1/connections")}
    with demo.client(email="paid@example.com") as paid:
        about["/receipt"] = _first(paid, "/v1/receipts", named="serial")
        about["/billing-period"] = _first(paid, "/v1/billing/periods", at=1)
    parameter = {"/mapping": "connection", "/receipt": "serial"}
    return {
        entry.path.strip("/") or "overview": entry.path
        + (f"?{parameter.get(entry.path, 'id')}={about[entry.path]}" if entry.path in about else "")
        for entry in PAGES
        if entry is not CREDIT_POOL  # an operator's
    }


def _first(client: httpx.Client, path: str, *, named: str = "id", at: int = 0) -> str:
    found: str = client.get(path).raise_for_status().json()["data"][at][named]
    return found


@cache
def _session(demo: RunningDemo, email: str) -> str:
    """One log-in for all pictures: Settings lists them."""
    with demo.client(email=email) as client:
        return client.cookies[SESSION_COOKIE]


def take(browser: Browser, demo: RunningDemo, name: str, path: str) -> None:
    for width in WIDTHS:
        with page_at(browser, demo, path, width=width) as page:
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                if path not in WITHOUT_ACCOUNT.values():
                    page.wait_for_function(f"document.documentElement.style.colorScheme === '{scheme}'")
                file = FOLDER / f"{name}-{scheme}-{width}.webp"
                Image.open(BytesIO(page.screenshot())).convert("RGB").save(file, quality=QUALITY, method=6)
                sys.stdout.write(f"{file.name}: {file.stat().st_size // 1024} KiB\n")
                sys.stdout.flush()


@contextmanager
def page_at(browser: Browser, demo: RunningDemo, path: str, *, width: str) -> Iterator[Page]:
    """Drawn, in a window no higher than it is."""
    size: ViewportSize = {"width": WIDTHS[width], "height": HIGHEST[width]}
    profile = browser.new_context(viewport=size, color_scheme="light", reduced_motion="reduce")
    profile.set_default_timeout(PATIENCE_MS)
    is_ours = path not in WITHOUT_ACCOUNT.values()
    if is_ours:
        whose = "paid@example.com" if path.partition("?")[0] in OF_THE_PAYING else demo.email
        profile.add_cookies([{"name": SESSION_COOKIE, "value": _session(demo, whose), "url": demo.url}])
    page = profile.new_page()
    page.goto(demo.url + path)
    page.wait_for_selector(".cl h1" if is_ours else "h1")
    if is_ours:
        wait_until_drawn(page)
        page.wait_for_function("!document.querySelector('[data-testid=stMain] [data-testid=stSkeleton]')")
        for chart in page.locator("[data-testid=stVegaLiteChart]").all():
            chart.locator("svg.marks").wait_for()
        height = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').offsetHeight")
        page.set_viewport_size({"width": size["width"], "height": max(600, min(size["height"], height))})
        wait_until_drawn(page)
    yield page
    profile.close()


if __name__ == "__main__":
    main(sys.argv[1:])

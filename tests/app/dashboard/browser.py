"""A real Chromium, driven by Playwright."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright._impl._driver import compute_driver_executable
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

# An expander that opens hides and scrolls what it holds until it stands: a click meanwhile lands beside its button.
ANIMATE_AT_ONCE = """
const animate = Element.prototype.animate;
Element.prototype.animate = function (...how) {
  const animation = animate.apply(this, how);
  if (Number.isFinite(animation.effect.getComputedTiming().endTime)) animation.finish();
  return animation;
};
"""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_MS = 120_000
# Without these it looks for updates and names of its maker's hosts, which no test machine reaches.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Skips the test where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine; Debian: apt-get install chromium")
    if not _driver_runs():
        pytest.skip("Playwright's driver does not start on this machine; Debian: apt-get install libatomic1")
    expect.set_options(timeout=PATIENCE_MS)  # five seconds if nobody says: too few for a busy machine
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield browser
        browser.close()


def _driver_runs() -> bool:
    node, _ = compute_driver_executable()
    return subprocess.run([node, "--version"], check=False, capture_output=True).returncode == 0


def new_profile(browser: Browser, *, width: int = 1440) -> BrowserContext:
    """Of somebody who has never been here, with patience, without animations. To be closed."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, accept_downloads=True, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(ANIMATE_AT_ONCE)
    return context


def log_in(page: Page, url: str, *, email: str, password: str) -> None:
    """From a signed-out visit of the page to the overview."""
    page.goto(url)
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")


def wait_until_drawn(page: Page) -> None:
    """The script has run to its end, and the browser shows all of what it said."""
    page.wait_for_selector("[data-test-script-state=notRunning]")


def exact(page: Page, selector: str) -> str:
    """The exact number that stands behind a rounded one."""
    value = page.locator(f"{selector}[data-exact]").first.get_attribute("data-exact")
    assert value is not None
    return value

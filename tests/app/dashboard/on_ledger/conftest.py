"""One ledger for all browser tests of projects (making it takes half a minute), and pages opened as somebody."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from app.accounts.principal import SESSION_COOKIE
from core.database import Database, DatabaseUrls, create_database
from core.ids import random_token
from tests.app.dashboard.browser import new_profile
from tests.app.dashboard.ledger import LABELS, Ledger, a_ledger
from tests.conftest import _drop

Visit = Callable[..., Page]


@pytest.fixture(scope="package")
def ledger(postgres_url: str, template_with_marts: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Three of Ada's accounts and one of Bob's, read and built, all of it in the default projects."""
    name = f"dashboard_{random_token()[:12].lower().replace('-', '_')}"
    urls = DatabaseUrls(admin=create_database(postgres_url, name, template=template_with_marts))
    with Database(urls) as database, a_ledger(database, tmp_path_factory.mktemp("ledger") / "home") as ledger:
        for provider, label in LABELS.items():
            connected = ledger.connect(ledger.ada, provider, label=label)
            if provider == "openrouter":
                ledger.read_by_day(connected)
        ledger.connect(ledger.bob, "openai", label="Bob's")
        ledger.read()
        yield ledger
    _drop(postgres_url, name)


@pytest.fixture
def visit(ledger: Ledger, browser: Browser) -> Iterator[Visit]:
    """Opens a page as somebody, in a profile of its own; a script that failed on one of them fails the test."""
    contexts, failures = [], []

    def open_page(path: str, *, token: str = ledger.ada.session_token, width: int = 1440) -> Page:
        context = new_profile(browser, width=width)
        contexts.append(context)
        context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": ledger.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(ledger.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert failures == []

"""One server with issued receipts for all tests: asking changes nothing but how often was asked."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Browser

from app.api.application import create_api
from core.clock import FixedClock
from core.database import Database, DatabaseUrls, create_database
from core.ids import random_token
from tests.app.dashboard.browser import chromium
from tests.app.serving import serving
from tests.app.verification.published import Published, context_of, issue_all
from tests.conftest import _drop
from tests.receipts.issued_receipts import ISSUED_AT


@pytest.fixture(scope="package")
def standing(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, template_database: str
) -> Iterator[Published]:
    name = f"verify_{random_token()[:12].lower().replace('-', '_')}"
    urls = DatabaseUrls(admin=create_database(postgres_url, name, template=template_database))
    with Database(urls) as database:
        issued = issue_all(database, tmp_path_factory.mktemp("issuer") / "home")
        clock = FixedClock(ISSUED_AT)
        context = context_of(issued, clock)
        application = create_api(context)
        with serving(application) as url, httpx.Client(base_url=url, timeout=60) as client:
            yield Published(issued, context, clock, application, url, client)
    _drop(postgres_url, name)


@pytest.fixture
def published(standing: Published) -> Published:
    """An hour later than the test before: what that one asked counts no more."""
    standing.clock.advance(timedelta(hours=1))
    return standing


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser

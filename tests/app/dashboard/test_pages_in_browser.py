"""The pages in a real browser, on a real server with its worker, sandbox providers, polls and builds."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, expect

from app.demo.providers import SPARE_KEY
from tests.app.dashboard.browser import exact, log_in, new_profile, wait_until_drawn
from tests.app.dashboard.projects_on_screen import models_of, shown_models
from tests.app.running_demo import RunningDemo, running_demo

pytestmark = pytest.mark.browser

PASSWORD = "a passphrase of seven words or so"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    with running_demo(tmp_path_factory.mktemp("demo"), days=3, first_port=18421) as demo:
        yield demo


@pytest.fixture
def page(browser: Browser, demo: RunningDemo) -> Iterator[Page]:
    """A page of a new profile that fails its test if it asked another host for anything or a script failed."""
    context = new_profile(browser)
    page = context.new_page()
    elsewhere: list[str] = []
    failures: list[str] = []
    own = (demo.url, demo.url.replace("http", "ws", 1), "data:", "blob:")

    def note_request(request: Request) -> None:
        if not request.url.startswith(own):
            elsewhere.append(request.url)

    def note_dialog(dialog: Dialog) -> None:
        failures.append(dialog.message)
        dialog.dismiss()

    page.on("request", note_request)
    page.on("dialog", note_dialog)
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    context.close()
    assert (elsewhere, failures) == ([], [])


def summary(client: httpx.Client, **params: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/v1/telemetry/summary", params=params).raise_for_status().json()
    return answer


def wait_for_overview(page: Page) -> None:
    """Streamlit sends a page piece by piece; the models come after every number that is looked at."""
    page.wait_for_selector(".cl-hero")
    page.wait_for_selector("section[aria-label=Models]")


def shown_totals(page: Page) -> dict[str, str]:
    return {
        "central": exact(page, "[data-figure=co2e] .cl-total "),
        "low": exact(page, "[data-figure=co2e] .cl-range-ends :nth-child(1)"),
        "high": exact(page, "[data-figure=co2e] .cl-range-ends :nth-child(2)"),
        "energy": exact(page, "[data-figure=energy] .cl-figure"),
        "avoided": exact(page, "[data-figure=avoided] "),
        "requests": exact(page, "[data-figure=requests] "),
        "uncached": exact(page, "[data-counter=uncached_input_tokens] "),
        "cached": exact(page, "[data-counter=cache_read_tokens] "),
        "output": exact(page, "[data-counter=output_tokens] "),
    }


def totals_of(answer: dict[str, Any]) -> dict[str, str]:
    totals = answer["totals"]
    return {
        **totals["co2e_grams"],
        "energy": totals["energy_wh"]["central"],
        "avoided": totals["avoided_by_cache_grams"]["central"],
        "requests": str(totals["requests"]),
        "uncached": str(totals["uncached_input_tokens"]),
        "cached": str(totals["cache_read_tokens"]),
        "output": str(totals["output_tokens"]),
    }


def test_the_overview_shows_the_api_s_numbers(demo: RunningDemo, page: Page) -> None:
    with demo.client() as client:
        log_in(page, demo.url, email=demo.email, password=demo.password)
        wait_for_overview(page)
        answer = summary(client, group_by="provider,model")
        if totals_of(answer) != shown_totals(page):  # an hour's poll and build came between the two
            page.reload()
            wait_for_overview(page)
            answer = summary(client, group_by="provider,model")
    assert shown_totals(page) == totals_of(answer)
    assert shown_models(page) == models_of(answer)
    assert sum(Decimal(grams or 0) for grams in shown_models(page).values()) == Decimal(shown_totals(page)["central"])
    upgrade = page.get_by_role("button", name="Upgrade to offset")
    expect(upgrade).to_be_visible()
    expect(page.locator("[role=alert]")).to_contain_text("OpenAI prototype (old) is not polled any more")
    expect(page.locator(".st-key-daily [data-testid=stVegaLiteChart] :is(svg, canvas)").first).to_be_visible()
    upgrade.click()
    page.wait_for_url(f"{demo.url}/upgrade")
    expect(page.get_by_role("button", name="Choose Starter")).to_be_visible()


def test_a_signed_out_visitor_is_sent_to_the_log_in_and_back(demo: RunningDemo, page: Page) -> None:
    page.goto(f"{demo.url}/connections")
    assert page.url == f"{demo.url}/auth/login?next=/connections"
    log_in(page, page.url, email=demo.email, password=demo.password)
    page.wait_for_selector("[data-connection]")
    assert page.url == f"{demo.url}/connections"
    broken = page.locator("[data-status=error]")
    expect(broken).to_contain_text("OpenAI does not accept this key: it is mistyped, revoked or expired.")


def test_a_session_that_ended_elsewhere_shows_nothing_more(demo: RunningDemo, page: Page) -> None:
    log_in(page, demo.url, email=demo.email, password=demo.password)
    page.wait_for_selector(".cl-hero")
    ended = page.context.request.post(
        f"{demo.url}/auth/logout", headers={"Origin": demo.url, "Content-Type": "application/json"}
    )
    assert ended.ok
    page.context.add_cookies([])
    page.get_by_text("7 days").click()
    page.wait_for_url(f"{demo.url}/auth/login*")


def test_from_sign_up_to_grams(demo: RunningDemo, page: Page) -> None:
    page.goto(f"{demo.url}/auth/signup")
    page.fill("input[name=email]", "eve@example.com")
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=organization]", "<b>Eve</b> & daughters")
    page.click("button[type=submit]")
    page.get_by_role("link", name="Connect a provider").click()
    expect(page.locator(".cl-side strong")).to_have_text("<b>Eve</b> & daughters")

    page.get_by_placeholder("sk-admin-…").fill("sk-admin-nobody-knows-this-key")
    page.get_by_role("button", name="Test and connect").click()
    expect(page.locator("[role=alert]")).to_contain_text("OpenAI does not accept this key")
    assert "nobody-knows" not in page.content()

    page.get_by_placeholder("sk-admin-…").fill(SPARE_KEY)
    page.get_by_label("Name (optional)").fill('<img src=x onerror="alert(1)">')
    page.get_by_role("button", name="Test and connect").click()
    expect(page.locator("[data-connection]")).to_contain_text('<img src=x onerror="alert(1)">')
    assert SPARE_KEY not in page.content()

    page.get_by_role("link", name="Overview").click()
    wait_for_overview(page)
    with demo.client(email="eve@example.com", password=PASSWORD) as client:
        answer = summary(client, group_by="provider,model")
    assert shown_models(page) == models_of(answer)
    assert {provider for provider, _ in shown_models(page)} == {"openai"}


def test_an_api_key_is_shown_once_and_works(demo: RunningDemo, page: Page) -> None:
    log_in(page, f"{demo.url}/members", email=demo.email, password=demo.password)
    expect(page.get_by_text("Make an API key")).to_be_visible()
    wait_until_drawn(page)
    page.get_by_text("Make an API key").click()
    page.get_by_label("Name").fill("nightly export")
    page.get_by_role("button", name="Make key").click()
    key = page.locator("code", has_text="cl_live_").inner_text()
    answer = httpx.get(f"{demo.url}/v1/telemetry/summary", headers={"Authorization": f"Bearer {key}"}, timeout=60)
    assert answer.status_code == 200
    page.reload()
    expect(page.get_by_text(f"nightly export (…{key[-4:]})")).to_be_visible()
    assert key not in page.content()


def test_what_streamlit_would_serve_beside_the_pages_is_out_of_reach(demo: RunningDemo) -> None:
    with demo.client() as client:
        for path in (
            "/_stcore/agent/openapi.json",
            "/_stcore/agent/mcp",
            "/_stcore/metrics",
            "/_stcore/upload_file/a/b",
            "/component/x/index.html",
            "/nothing-here",
        ):
            answer = client.post(path) if path.endswith("mcp") else client.get(path)
            assert (path, answer.status_code, answer.headers["content-type"]) == (path, 404, "application/problem+json")
        page = client.get("/")
        assert page.status_code == 200
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"

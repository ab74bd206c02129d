"""The page that verifies in the browser: what it finds, that nothing leaves it, and that everybody can use it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, Request, expect

from app.verification.page import scripts
from tests.app.dashboard.browser import PATIENCE_MS
from tests.app.verification.forgeries import FORGERIES
from tests.app.verification.published import Published

pytestmark = [pytest.mark.browser, pytest.mark.database]

Open = Callable[..., Page]
ON_NARROW_AND_WIDE = pytest.mark.parametrize("width", [390, 1280])


@pytest.fixture
def open_page(published: Published, browser: Browser) -> Iterator[Open]:
    """Opens the page in a profile of its own. A script that failed, or that its policy stopped, fails the test."""
    contexts, failures = [], []

    def opened(*, before: str | None = None, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        if before is not None:
            context.add_init_script(before)
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("console", lambda message: failures.append(message.text) if message.type == "error" else None)
        page.goto(f"{published.url}/verify")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert failures == []


@pytest.fixture
def page(open_page: Open) -> Page:
    page = open_page()
    page.wait_for_selector("html[data-ready]")
    return page


def give(page: Page, *files: tuple[str, bytes]) -> None:
    """Choose these files, and wait for what is said of them."""
    page.evaluate("document.getElementById('result').replaceChildren()")
    chosen: list[FilePayload] = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files
    ]
    page.set_input_files("#files", chosen)
    page.wait_for_selector("#result-heading")


def heading(page: Page) -> str:
    return page.locator("#result-heading").inner_text()


def outcomes(page: Page) -> dict[str, str]:
    found = page.eval_on_selector_all(
        "[data-check]", "items => items.map((item) => [item.dataset.check, item.dataset.outcome])"
    )
    return dict(found)


def test_a_receipt_with_its_log_proof_is_genuine_and_no_request_is_made(published: Published, page: Page) -> None:
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))  # noqa: PLW0108 - it marks its handlers
    give(page, ("receipt.json", published.october.receipt), ("receipt.tlog-proof", published.october.proof))
    assert heading(page) == "This receipt is genuine"
    assert set(outcomes(page).values()) == {"passed"}
    assert len(outcomes(page)) == 9
    shown = page.inner_text("#result")
    subject = published.october.subject
    central = int(subject["emissions"]["central"])
    for text in ("Ada & Söhne", f"{central:,} µg", f"{int(subject['retired']['grams']):,} g", "October 2026", "Search"):
        assert text in shown
    assert subject["retired"]["credits"][0]["serialNumberBlock"] in shown
    assert "TEST" in shown
    assert requests == []


def test_the_page_could_not_send_anything_if_it_tried(published: Published, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{published.url}/verify")
    blocked = page.evaluate(
        "() => fetch('/health').then(() => 'sent', () => 'blocked')",
    )
    beacon = page.evaluate("() => { const image = new Image(); return new Promise((resolve) => {"
                           " image.onerror = () => resolve('blocked'); image.onload = () => resolve('sent');"
                           " image.src = '/favicon.png'; }); }")  # fmt: skip
    context.close()
    assert (blocked, beacon) == ("blocked", "blocked")


def test_what_the_page_loads_is_its_own_modules(published: Published, open_page: Open) -> None:
    page = open_page()
    page.wait_for_selector("html[data-ready]")
    loaded = page.evaluate("performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname)")
    assert {path.rpartition("/")[2] for path in loaded} == scripts().keys()
    assert all(path.startswith("/verify/assets/") for path in loaded)


def test_only_what_was_dropped_last_is_shown(published: Published, page: Page) -> None:
    """A verdict never stands beside that on another file, however long each took."""
    page.evaluate(
        """(texts) => texts.forEach((text, at) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([text], `${at}.json`));
            document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
        })""",
        ["{}", published.october.receipt.decode()],  # the one that is read at once before the one that takes its time
    )
    expect(page.locator("#result")).to_contain_text("File: 1.json")
    headings = page.locator(".banner h2").all_inner_texts()
    assert headings == ["Signed by the issuer; its place in the log was not shown"]


def test_a_pdf_carries_all_that_is_needed(published: Published, page: Page) -> None:
    give(page, ("receipt.pdf", published.issued.november.pdf))
    assert heading(page) == "This receipt is genuine"
    assert set(outcomes(page).values()) == {"passed"}
    shown = page.inner_text("#result")
    assert "The printed pages" in shown
    assert "Adjustments of earlier periods" in shown


def test_files_can_be_dropped(published: Published, page: Page) -> None:
    page.evaluate(
        """(content) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(content)], "receipt.pdf"));
            const dropped = new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
            document.getElementById("drop").dispatchEvent(dropped);
        }""",
        list(published.october.pdf),
    )
    page.wait_for_selector("#result-heading")
    assert heading(page) == "This receipt is genuine"


def test_without_its_log_proof_a_receipt_is_signed_and_no_more_is_said(published: Published, page: Page) -> None:
    give(page, ("receipt.json", published.october.receipt))
    assert heading(page) == "Signed by the issuer; its place in the log was not shown"
    assert {name for name, outcome in outcomes(page).items() if outcome == "not_checked"} == {"inclusion", "checkpoint"}


def test_no_forgery_is_relied_on_and_none_shows_its_figures(published: Published, page: Page) -> None:
    found = {}
    for name, forgery in FORGERIES.items():
        give(page, ("receipt.json", forgery.of(published.october.receipt)), ("p", published.october.proof))
        assert heading(page) == "Do not rely on this receipt"
        assert "What it states" not in page.inner_text("#result")
        found[name] = {check for check, outcome in outcomes(page).items() if outcome == "failed"}
    assert found == {name: forgery.fails for name, forgery in FORGERIES.items()}


def test_a_pdf_with_another_receipt_inside_is_not_to_be_relied_on(published: Published, page: Page) -> None:
    october, proof = published.october, published.october.proof
    inside = october.pdf.replace(b"/F (receipt.json)", b"/F (receipt.jsoN)")
    give(page, ("receipt.pdf", inside))
    assert page.inner_text("#result") == "This cannot be verified\n\nThere is no receipt inside this PDF."
    give(page, ("receipt.pdf", october.pdf + b"1 0 obj\nendobj\nxref\n0 1\ntrailer\n<</Prev 5>>\nstartxref\n5\n%%EOF"))
    assert heading(page) == "This cannot be verified"
    give(page, ("a.json", october.receipt), ("b.json", published.issued.november.receipt))
    assert "Choose one receipt at a time" in page.inner_text("#result")
    give(page, ("receipt.tlog-proof", proof))
    assert "Choose the receipt" in page.inner_text("#result")
    give(page, ("large.pdf", october.pdf.ljust(8 * 1024 * 1024 + 1, b"\n")))
    assert "larger than 8 MiB" in page.inner_text("#result")


def test_what_a_forger_writes_is_never_run(published: Published, page: Page) -> None:
    receipt = b'{"<img src=x onerror=alert(1)>":1,"a":"<script>alert(1)</script>"}'
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    give(page, ("<b>receipt</b>.json", receipt))
    assert page.locator("#result img, #result script, #result b").count() == 0
    assert "<b>receipt</b>.json" in page.inner_text("#result")


def test_it_works_by_keyboard_and_says_what_was_found(published: Published, page: Page) -> None:
    page.focus("#serial")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "files"
    assert page.get_by_label("Choose a receipt").get_attribute("id") == "files"
    assert page.is_enabled("#files")
    give(page, ("receipt.pdf", published.october.pdf))
    assert page.evaluate("document.activeElement.id") == "result-heading"
    assert page.get_by_role("status").inner_text() == ""


@ON_NARROW_AND_WIDE
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_window(published: Published, open_page: Open, width: int, scheme: str) -> None:
    page = open_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.wait_for_selector("html[data-ready]")
    give(page, ("receipt.pdf", published.issued.november.pdf))
    assert page.evaluate("document.documentElement.scrollWidth") == width
    receipt = published.issued.november
    page.goto(f"{published.url}/verify/{receipt.serial}?id={receipt.receipt_id}")
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize(
    "without",
    [
        "delete Crypto.prototype.subtle; Object.defineProperty(crypto, 'subtle', { value: undefined });",
        "SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError'));",
    ],
    ids=["no WebCrypto", "no Ed25519"],
)
def test_a_browser_that_cannot_verify_says_so(open_page: Open, without: str) -> None:
    page = open_page(before=without)
    expect(page.locator("#unable")).to_contain_text("This browser cannot verify files")
    assert page.is_disabled("#files")


def test_a_serial_number_that_is_typed_in_leads_to_its_page(published: Published, page: Page) -> None:
    page.fill("#serial", published.october.serial.lower().replace("-", " "))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/verify/{published.october.serial}")
    assert page.locator("h2").first.inner_text() == "This receipt is genuine, and it holds"

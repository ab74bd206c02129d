"""The sign-in pages as a browser without scripts uses them, at the wire."""

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser

import httpx
import pytest

from core.database import Database
from tests.app.accounts.conftest import PASSWORD, Organization, Visit, count, sign_up, token_in_mail

pytestmark = pytest.mark.database

Found = Callable[..., Organization]
NEW_PASSWORD = "nine quiet otters"


class Page(HTMLParser):
    """What the page has: inputs by name with their attributes, where its form goes, every address, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inputs: dict[str, dict[str, str | None]] = {}
        self.labels: list[str | None] = []
        self.actions: list[str | None] = []
        self.addresses: list[str | None] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.addresses += [given[name] for name in ("href", "src", "action") if name in given]
        if tag == "input":
            self.inputs[given.get("name") or given.get("id") or ""] = given
        if tag == "label":
            self.labels.append(given.get("for"))
        if tag == "form":
            self.actions.append(given.get("action"))

    def handle_data(self, data: str) -> None:
        self.text += data


def filled(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Open a page, fill its form, send it: hidden fields go along, redirects are not followed."""
    page = Page(client.get(path).raise_for_status().text)
    [action] = page.actions
    assert action is not None
    hidden = {name: given["value"] or "" for name, given in page.inputs.items() if given.get("type") == "hidden"}
    assert set(fields) <= set(page.inputs)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}  # a browser says so for an empty form too
    return client.post(action, data=hidden | fields, headers=headers)


def test_signing_up_logging_out_and_in_again(visit: Visit) -> None:
    client = visit()
    answer = filled(client, "/auth/signup", email="ada@example.org", password=PASSWORD, organization="Engines")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert client.get("/v1/me").json()["organization"]["name"] == "Engines"

    answer = filled(client, "/auth/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/auth/login?notice=logged-out")
    assert client.get("/v1/me").status_code == 401
    assert "You are logged out." in client.get(answer.headers["location"]).text

    answer = filled(client, "/auth/login?next=/connections", email="ada@example.org", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/connections")
    wanted = "/project?id=proj_2&from=2026-11-01"
    form = {"email": "ada@example.org", "password": PASSWORD, "next": wanted}
    assert client.post("/auth/login", data=form).headers["location"] == wanted
    assert client.get("/v1/me").status_code == 200
    assert client.get("/auth/login").headers["location"] == "/"


@pytest.mark.parametrize(
    "path",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "x", "/?a=//b", "/?a\r\nb: c"],
)
def test_logging_in_leads_nowhere_else(found: Found, visit: Visit, path: str) -> None:
    found("ada@example.org")
    form = {"email": "ada@example.org", "password": PASSWORD, "next": path}
    assert visit().post("/auth/login", data=form).headers["location"] == "/"
    shown = Page(visit().get("/auth/login", params={"next": path}).text)
    assert shown.inputs["next"]["value"] == "/"


@pytest.mark.parametrize(
    ("path", "fields", "status", "sentence"),
    [
        (
            "/auth/login",
            {"email": "ada@example.org", "password": "wrong & <wrong>"},
            401,
            "E-mail and password do not match. Check both, or reset your password.",
        ),
        ("/auth/login", {}, 422, "Write the e-mail address as name@example.com."),
        (
            "/auth/signup",
            {"email": "ada@example.org", "password": "wrong & <wrong>", "organization": "<b>Engines</b>"},
            409,
            "There is an account with this e-mail already. Log in, or reset its password.",
        ),
        (
            "/auth/signup",
            {"email": "bob@example.org", "password": "wrong", "organization": "x"},
            422,
            "Choose a password of at least 10 characters.",
        ),
        ("/auth/password-reset", {"email": "ada"}, 422, "Write the e-mail address as name@example.com."),
        (
            "/auth/password-reset/confirm",
            {"token": "t", "password": "wrong & <wrong>"},
            422,
            "This link was used already or has expired. Ask for a new one.",
        ),
        (
            "/auth/accept-invitation",
            {"token": "t", "password": "wrong & <wrong>"},
            422,
            "This link was used already or has expired. Ask for a new one.",
        ),
    ],
)
def test_a_refused_form_is_the_page_again_with_a_sentence(
    found: Found, visit: Visit, path: str, fields: dict[str, str], status: int, sentence: str
) -> None:
    found("ada@example.org")
    answer = visit().post(path, data=fields or {"email": ""})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    page = Page(answer.text)
    assert sentence in page.text
    assert "wrong" not in answer.text
    assert "<b>" not in answer.text
    for name in ("email", "organization"):
        if name in fields and name in page.inputs:
            assert page.inputs[name]["value"] == fields[name]


def test_a_throttled_form_says_when_to_come_back(found: Found, visit: Visit) -> None:
    found("ada@example.org")
    client = visit()
    form = {"email": "ada@example.org", "password": "wrong and wrong"}
    answer = [client.post("/auth/login", data=form) for _ in range(11)][-1]
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")
    assert "Too many attempts." in answer.text


def test_resetting_a_password(found: Found, visit: Visit, database: Database) -> None:
    found("ada@example.org")
    client = visit()
    sent = filled(client, "/auth/reset", email="ada@example.org")
    assert sent.status_code == 200
    assert "If there is an account with this e-mail, a link is on its way." in sent.text
    assert "This server is not set up to send mail." in sent.text

    link = f"/auth/reset?token={token_in_mail(database, 'ada@example.org')}"
    weak = filled(client, link, password="too short")
    assert (weak.status_code, Page(weak.text).actions) == (422, ["/auth/password-reset/confirm"])
    done = filled(client, link, password=NEW_PASSWORD)
    assert (done.status_code, done.headers["location"]) == (303, "/auth/login?notice=password-set")
    used = client.get(link)
    assert "This link was used already or has expired." in used.text
    assert Page(used.text).actions == []
    assert filled(client, "/auth/login", email="ada@example.org", password=NEW_PASSWORD).status_code == 303


def test_accepting_an_invitation_and_changing_organizations(found: Found, visit: Visit, database: Database) -> None:
    ada = found("ada@example.org", "Engines & <Co>")
    ada.client.post("/v1/invitations", json={"email": "bob@example.org", "role": "admin"}).raise_for_status()
    bob = visit()
    link = f"/auth/invitation?token={token_in_mail(database, 'bob@example.org')}"
    shown = bob.get(link).text
    assert "Join Engines &amp; &lt;Co&gt;" in shown
    page = Page(shown)
    assert (page.inputs["email"]["value"], page.inputs["password"]["autocomplete"]) == (
        "bob@example.org",
        "new-password",
    )
    assert filled(bob, link, password=PASSWORD).headers["location"] == "/"
    assert Page(bob.get(link).text).actions == []

    cleo = found("cleo@example.org", "Observatory")
    cleo.client.post("/v1/invitations", json={"email": "bob@example.org", "role": "viewer"}).raise_for_status()
    link = f"/auth/invitation?token={token_in_mail(database, 'bob@example.org')}"
    assert Page(bob.get(link).text).inputs["password"]["autocomplete"] == "current-password"
    assert filled(bob, link, password=PASSWORD).status_code == 303
    assert bob.get("/v1/me").json()["organization"]["name"] == "Observatory"

    page = Page(bob.get("/auth/organizations").text)
    assert page.actions == ["/auth/switch-organization"] * 2
    moved = bob.post("/auth/switch-organization", data={"organization": ada.org_id})
    assert (moved.status_code, moved.headers["location"]) == (303, "/")
    assert bob.get("/v1/me").json()["organization"]["name"] == "Engines & <Co>"
    assert bob.post("/auth/switch-organization", data={"organization": "org_99"}).status_code == 404


def test_the_organizations_of_nobody_are_the_log_in(visit: Visit) -> None:
    client = visit()
    for answer in (
        client.get("/auth/organizations"),
        client.post("/auth/switch-organization", data={"organization": "org_1"}),
    ):
        assert (answer.status_code, answer.headers["location"]) == (303, "/auth/login")


@pytest.mark.parametrize(
    "path",
    ["/auth/login", "/auth/signup", "/auth/reset", "/auth/reset?token=t", "/auth/invitation?token=t", "/auth/logout"],
)
def test_a_page_brings_nothing_along_and_allows_nothing_else(visit: Visit, path: str) -> None:
    answer = visit().get(path)
    page = Page(answer.text)
    style = re.search(r"<style>(.*)</style>", answer.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert answer.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert all(address is not None and address.startswith("/") for address in page.addresses)
    assert page.tags.isdisjoint({"script", "img", "link", "iframe"})
    assert "url(" not in style[1]
    visible = {given["id"] for given in page.inputs.values() if given.get("type") != "hidden"}
    assert visible == set(page.labels)
    assert all(given.get("autocomplete") for given in page.inputs.values() if given.get("type") != "hidden")
    assert '<html lang="en">' in answer.text


def test_json_to_the_same_address_stays_json(visit: Visit, database: Database) -> None:
    answer = sign_up(visit(), password="short")
    assert answer.headers["content-type"] == "application/problem+json"
    assert count(database, "users") == 0

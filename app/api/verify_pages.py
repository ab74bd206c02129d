"""The pages of /verify: what a serial number leads to, and the page that verifies files in the browser."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from carbonledger.verify.schema import receipt_schema
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from app.api.dependencies import Context
from app.api.problem_types import FOR_THE_OPERATOR, problem_type
from app.api.problems import error_headers
from app.api.verify_bodies import VerificationBody
from app.context import ServerContext
from app.verification.look_up import Verification
from app.verification.page import PAGE_POLICY, SCRIPTED_PAGE_POLICY, page, scripts, scripts_version
from app.verification.result import result_facts
from app.verification.typed_serial import MistypedSerialError, typed_serial
from app.verification.words import CHECK_WORDS, MARKS, OUTCOMES
from core.errors import CarbonLedgerError, NotFoundError
from receipts.keys.errors import NoKeysError
from receipts.keys.history import key_history

router = APIRouter(include_in_schema=False)

_QUALITY = re.compile(r"[01](\.[0-9]{0,3})?", re.ASCII)
_HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@router.get("/verify")
def verify_page(context: Context, serial: str = "") -> Response:
    """A serial number in the query leads to its page; without scripts, that is how the form asks."""
    problem = None
    if serial:
        try:
            return RedirectResponse(f"/verify/{typed_serial(serial)}", status_code=303)
        except MistypedSerialError as error:
            problem = error
    document = page(
        "verify.html",
        trust=_trust(context),
        schema=receipt_schema(),
        words={"checks": CHECK_WORDS, "outcomes": OUTCOMES, "marks": MARKS},
        assets=f"/verify/assets/{scripts_version()}",
        serial=serial,
        problem=None if problem is None else problem.sentence,
    )
    headers = _HEADERS | {
        "Content-Security-Policy": SCRIPTED_PAGE_POLICY,
        # Kept for no longer than a key may go on counting after it was revoked.
        "Cache-Control": "no-store" if serial else "public, max-age=300",
    }
    return HTMLResponse(document, status_code=200 if problem is None else problem_type(problem).status, headers=headers)


@router.get("/verify/assets/{version}/{name}")
def verify_script(version: str, name: str) -> Response:
    content = scripts().get(name)
    if content is None or version != scripts_version():
        raise NotFoundError("There is no such script; load the page again.")
    headers = _HEADERS | {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content, media_type="text/javascript; charset=utf-8", headers=headers)


def prefers_page(request: Request) -> bool:
    """Whether the caller names HTML and wants it at least as much as JSON: browsers do, programs name neither."""
    wanted = dict(_preferences(request.headers.get("accept", "")))
    return wanted.get("text/html", 0) > 0 and wanted["text/html"] >= wanted.get("application/json", 0)


def as_page(act: Callable[[], Response]) -> Response:
    """The act's answer; if it is refused, a page that says why."""
    try:
        return act()
    except CarbonLedgerError as error:
        if error.code in FOR_THE_OPERATOR:
            raise
        listed = problem_type(error)
        document = page(
            "missing.html", heading=listed.title, sentence=error.sentence, tone="warn" if listed.status < 500 else "bad"
        )
        headers = _HEADERS | {"Content-Security-Policy": PAGE_POLICY} | error_headers(error, listed.status)
        return HTMLResponse(document, status_code=listed.status, headers=headers)


def result_page(found: Verification, body: VerificationBody) -> HTMLResponse:
    document = page("result.html", body=body, findings=found.findings, **result_facts(found))
    return HTMLResponse(document, headers=_HEADERS | {"Content-Security-Policy": PAGE_POLICY})


def _trust(context: ServerContext) -> Mapping[str, Any] | None:
    try:
        with context.database.before_tenant() as connection:
            return key_history(connection)
    except NoKeysError:
        return None


def _preferences(accept: str) -> list[tuple[str, Decimal]]:
    """(media type, its q) of each entry of an Accept header; an entry whose q is none is not wanted."""
    found = []
    for entry in accept.split(","):
        media_type, *parameters = (part.strip().lower() for part in entry.split(";"))
        given = next((each.removeprefix("q=") for each in parameters if each.startswith("q=")), "1")
        found.append((media_type, Decimal(given) if _QUALITY.fullmatch(given) else Decimal(0)))
    return found

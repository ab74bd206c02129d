"""/verify: receipts by serial number or as a file, for anybody, without logging in.

One address for programs (JSON) and people (a page). Without the receipt's id, which its QR code carries, there is no
name and no line in the answer. What is not there, not there yet, or no more there has one answer.
"""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from app.accounts.throttle import Attempt, Tried, attempt
from app.api.auth import Address
from app.api.dependencies import Context, context_of
from app.api.verify_bodies import VerdictBody, VerificationBody
from app.api.verify_pages import as_page, prefers_page, result_page
from app.api.verify_uploads import FORM_TYPE, read_upload
from app.context import ServerContext
from app.verification.look_up import Verification, look_up, printed
from app.verification.slots import VerificationSlots
from app.verification.typed_serial import typed_serial
from app.verification.upload import verify_file as verdict_on

router = APIRouter(tags=["verification"])

FileName = Literal["receipt.json", "receipt.tlog-proof", "receipt.pdf"]
Identifier = Annotated[
    str | None, Query(alias="id", description="The receipt's id (32 hex digits), which its QR code carries.")
]
OwnIdentifier = Annotated[str, Query(alias="id", description="The receipt's id (32 hex digits).")]

_PUBLIC = {
    "Cache-Control": "public, max-age=60",  # how long a voided receipt may still look valid
    "Vary": "Accept",
    "X-Robots-Tag": "noindex",
}
_PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Accept", "X-Robots-Tag": "noindex"}
_MEDIA_TYPES: Mapping[FileName, str] = {
    "receipt.json": "application/vc",
    "receipt.tlog-proof": "text/plain; charset=utf-8",
    "receipt.pdf": "application/pdf",
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/html": {"schema": {"type": "string"}}}},
    304: {"description": "The caller has it already."},
    308: {"description": "The serial number was written in another way; Location has its one form."},
}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes that were signed, logged, printed.",
        "content": {
            media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for media_type in _MEDIA_TYPES.values()
        },
    }
}
_BINARY = {"type": "string", "format": "binary"}
_UPLOAD = {
    "required": True,
    "content": {
        "application/json": {"schema": {"type": "object", "description": "The receipt, byte by byte."}},
        "application/pdf": {"schema": _BINARY},
        FORM_TYPE: {
            "schema": {"type": "object", "required": ["file"], "properties": {"file": _BINARY, "proof": _BINARY}}
        },
    },
}


@router.get("/verify/{serial}", response_model=VerificationBody, responses=_ANSWERS)
def read_verification(
    serial: str, request: Request, context: Context, address: Address, receipt_id: Identifier = None
) -> Response:
    """What an issued receipt states, whether it still holds, and what this server finds verifying it just now.

    Legal name, lines and the files are there with the receipt's id only. Accept: text/html asks for a page.
    """
    if prefers_page(request):
        return as_page(lambda: _verification(serial, request, context, address, receipt_id))
    return _verification(serial, request, context, address, receipt_id)


@router.get("/verify/{serial}/{file_name}", response_class=Response, responses=_FILES)
def download_verified_file(
    serial: str, file_name: FileName, context: Context, address: Address, receipt_id: OwnIdentifier
) -> Response:
    """The receipt, its log proof or its PDF, for whoever has its id."""
    found = _look_up(context, typed_serial(serial), address, receipt_id)
    match file_name:
        case "receipt.json":
            content = found.content
        case "receipt.tlog-proof":
            content = found.proof
        case "receipt.pdf":
            content = printed(context, found)
    own_name = f"{found.record.serial}{file_name.removeprefix('receipt')}"
    disposition = {"Content-Disposition": f'attachment; filename="{own_name}"'}
    return Response(content, media_type=_MEDIA_TYPES[file_name], headers=_PRIVATE | disposition)


@router.post("/verify", response_model=VerdictBody, openapi_extra={"requestBody": _UPLOAD})
async def verify_file(request: Request, address: Address) -> Response:
    """Verify a receipt that you have: its JSON or its PDF, in a form with its log proof if you like.

    The file is examined in a process of its own and kept nowhere. A receipt that this server issued is verified with
    the stored log proof if none came with it, and the answer has its status.
    """
    context = context_of(request)
    slots: VerificationSlots = request.app.state.verification_slots
    await run_in_threadpool(_count, context, "receipt-upload", address)
    with slots.uploads.slot(address):
        upload = await read_upload(request)
        with slots.examinations.slot(address):
            verdict = await run_in_threadpool(verdict_on, context, upload.file, upload.proof)
    return JSONResponse(_as_json(VerdictBody.of(verdict)))


def _verification(
    serial: str, request: Request, context: ServerContext, address: str, receipt_id: str | None
) -> Response:
    canonical = typed_serial(serial)
    if canonical != serial:
        query = "" if receipt_id is None else "?" + urlencode({"id": receipt_id})
        return RedirectResponse(f"/verify/{canonical}{query}", status_code=308)
    found = _look_up(context, canonical, address, receipt_id)
    body = VerificationBody.of(found, receipt_id=receipt_id, public_url=context.settings.public_url)
    response = result_page(found, body) if prefers_page(request) else JSONResponse(_as_json(body))
    response.headers.update(_PUBLIC if receipt_id is None else _PRIVATE)
    return response if receipt_id is not None else _unless_known(request, response)


def _look_up(context: ServerContext, serial: str, address: str, receipt_id: str | None) -> Verification:
    _count(context, "receipt-look-up", address)
    return look_up(context, serial, receipt_id=receipt_id)


def _count(context: ServerContext, act: Attempt, address: str) -> None:
    attempt(context.database, act, Tried(address=address), now=context.clock.now())


def _unless_known(request: Request, response: Response) -> Response:
    """The answer with its ETag, or 304 to who has it."""
    tag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    response.headers["ETag"] = tag
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if tag not in known:
        return response
    kept = {name: response.headers[name] for name in ("ETag", "Cache-Control", "Vary")}
    return Response(status_code=304, headers=kept)


def _as_json(body: VerificationBody | VerdictBody) -> dict[str, Any]:
    return body.model_dump(mode="json", by_alias=True)

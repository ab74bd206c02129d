"""/v1/receipts/{serial}.pdf, .json, .tlog-proof and the sealed usage file: the bytes that were signed and logged.

Their hash is their ETag. They never change, but for a log proof when the log's key is revoked. A receipt that is being
prepared has no file (409).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from app.accounts.principal import Principal
from app.api.dependencies import Context, allowed
from app.api.downloads import Download
from app.receipts.files import FileKind, find_issued, read_file, sealed_usage

router = APIRouter(prefix="/v1/receipts", tags=["receipts"])

Reader = Annotated[Principal, allowed("receipts:read")]
IfNoneMatch = Annotated[str | None, Header(description="ETags of copies that the caller has.", max_length=2000)]

_MEDIA_TYPES: dict[FileKind, str] = {
    "json": "application/vc",  # VC Data Model 2.0, section 6.2
    "pdf": "application/pdf",
    "tlog-proof": "text/plain; charset=utf-8",
}
_LINES = "application/jsonl"


def _answers(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    is_text = not media_type.startswith("application/pdf")
    schema = {"type": "string"} if is_text else {"type": "string", "format": "binary"}
    return {
        200: {"description": description, "content": {media_type.partition(";")[0]: {"schema": schema}}},
        304: {"description": "The caller has it already."},
    }


@router.get(
    "/{serial}.json",
    status_code=200,
    response_class=Response,
    responses=_answers(_MEDIA_TYPES["json"], "The signed receipt, byte by byte as it was logged."),
)
def download_receipt_json(
    serial: str, context: Context, principal: Reader, if_none_match: IfNoneMatch = None
) -> Response:
    """The receipt: a W3C Verifiable Credential with its Data Integrity proof, in canonical form (RFC 8785)."""
    return _file(context, principal, serial, "json", if_none_match)


@router.get(
    "/{serial}.pdf",
    status_code=200,
    response_class=Response,
    responses=_answers(_MEDIA_TYPES["pdf"], "The printed receipt, with the signed one and its proof embedded."),
)
def download_receipt_pdf(
    serial: str, context: Context, principal: Reader, if_none_match: IfNoneMatch = None
) -> Response:
    """The receipt for people, as it was printed once. What holds is the JSON that is embedded in it."""
    return _file(context, principal, serial, "pdf", if_none_match)


@router.get(
    "/{serial}.tlog-proof",
    status_code=200,
    response_class=Response,
    responses=_answers(_MEDIA_TYPES["tlog-proof"], "C2SP tlog-proof."),
)
def download_receipt_proof(
    serial: str, context: Context, principal: Reader, if_none_match: IfNoneMatch = None
) -> Response:
    """That the receipt is in the transparency log: its path to the first checkpoint that has it."""
    return _file(context, principal, serial, "tlog-proof", if_none_match)


@router.get(
    "/{serial}/sealed-usage.jsonl",
    status_code=200,
    response_class=Download,
    responses=_answers(_LINES, "A header, the emission factors used, and every line of usage, one JSON a line."),
)
def download_sealed_usage(
    serial: str, request: Request, context: Context, principal: Reader, if_none_match: IfNoneMatch = None
) -> Response:
    """What the receipt's sums were made of; it names this file's hash. From it the same grams are computed offline."""
    receipt = find_issued(context, principal.org_id, serial)
    sha256 = str(receipt.usage_sha256)
    if _is_known(sha256, if_none_match):
        return Response(status_code=304, headers=_headers(sha256))

    @contextmanager
    def opening() -> Iterator[Iterator[bytes]]:
        with sealed_usage(context, principal.org_id, receipt) as chunks:
            yield chunks

    return Download(
        opening,
        slots=request.app.state.download_slots,
        org_id=principal.org_id,
        media_type=_LINES,
        file_name=f"{receipt.serial}-sealed-usage.jsonl",
        headers=_headers(sha256),
    )


def _file(context: Context, principal: Principal, serial: str, kind: FileKind, if_none_match: str | None) -> Response:
    found = read_file(context, principal.org_id, serial, kind)
    headers = _headers(found.sha256)
    if _is_known(found.sha256, if_none_match):
        return Response(status_code=304, headers=headers)
    disposition = {"Content-Disposition": f'attachment; filename="{serial}.{kind}"'}
    return Response(found.content, media_type=_MEDIA_TYPES[kind], headers=headers | disposition)


def _headers(sha256: str) -> dict[str, str]:
    """A browser may keep it, and asks us each time whether its person may still see it."""
    return {"ETag": f'"{sha256}"', "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}


def _is_known(sha256: str, if_none_match: str | None) -> bool:
    given = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    return "*" in given or f'"{sha256}"' in given

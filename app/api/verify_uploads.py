"""Files that anybody may send to be verified: read into memory, to eight megabytes, and never written anywhere."""

from dataclasses import dataclass, field
from datetime import timedelta

import anyio
from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.api.edge import LARGER_BODIES
from core.errors import InvalidInputError, TransientError

LONGEST = timedelta(minutes=1)
"""Eight megabytes at one megabit a second."""
WHOLE_BODY_TYPES = ("application/json", "application/vc", "application/ld+json", "application/pdf")
FORM_TYPE = "multipart/form-data"
_LARGEST = LARGER_BODIES["/verify"]


class UnreadableUploadError(InvalidInputError):
    code = "unreadable-upload"

    def __init__(self) -> None:
        super().__init__(
            "Send one receipt: its JSON or its PDF as the body, or a form with `file` and, if you like, `proof`."
        )


class OtherMediaTypeError(InvalidInputError):
    code = "unsupported-media-type"

    def __init__(self) -> None:
        super().__init__("Send a receipt as application/json, application/pdf, or multipart/form-data with `file`.")


class UploadTooSlowError(TransientError):
    code = "upload-too-slow"

    def __init__(self) -> None:
        super().__init__(
            f"The file did not arrive within {LONGEST.seconds} seconds. Try again, or verify on your own machine."
        )


@dataclass(frozen=True, slots=True)
class Upload:
    file: bytes = field(repr=False)
    proof: bytes | None = field(repr=False)


class _InMemory(MultiPartParser):
    spool_max_size = _LARGEST  # the edge lets no more through, so nothing is ever spooled to a disk


async def read_upload(request: Request) -> Upload:
    """Raises OtherMediaTypeError, UnreadableUploadError, UploadTooSlowError; HTTPException(413) comes from the edge."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in (*WHOLE_BODY_TYPES, FORM_TYPE):
        raise OtherMediaTypeError
    try:
        with anyio.fail_after(LONGEST.total_seconds()):
            upload = await _form(request) if media_type == FORM_TYPE else Upload(await request.body(), None)
    except TimeoutError:
        raise UploadTooSlowError from None
    if not upload.file:
        raise UnreadableUploadError
    return upload


async def _form(request: Request) -> Upload:
    parser = _InMemory(request.headers, request.stream(), max_files=2, max_fields=0)
    try:
        form = await parser.parse()
    except MultiPartException:
        raise UnreadableUploadError from None
    try:
        parts = {name: await part.read() for name, part in form.multi_items() if isinstance(part, UploadFile)}
    finally:
        await form.close()
    if len(parts) != len(form.multi_items()) or "file" not in parts or not parts.keys() <= {"file", "proof"}:
        raise UnreadableUploadError
    return Upload(parts["file"], parts.get("proof") or None)

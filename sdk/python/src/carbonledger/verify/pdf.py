"""The receipt inside a PDF: embedded files -> the report on the one receipt among them.

The pages are a rendition for people; nothing of them is believed. A PDF whose receipt is ambiguous (two files of that
name, a name that says two things) is refused: two readers could find two receipts in it.

Needs pypdf (`pip install carbonledger[pdf]`). Time and size limits on PDFs from strangers are the caller's: run this
in a process of its own that can be ended.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from carbonledger.verify.errors import CannotCheckError, VerificationError
from carbonledger.verify.receipt import verify_receipt
from carbonledger.verify.report import Report
from carbonledger.verify.strict_json import LARGEST_DOCUMENT_BYTES
from carbonledger.verify.trust import Trust

RECEIPT_NAME = "receipt.json"
PROOF_NAME = "receipt.tlog-proof"

_MOST_NODES = 256  # of the name tree; ours has one with two files


def verify_pdf(pdf: bytes, *, trust: Trust, proof: bytes | None = None) -> Report:
    """The report on the receipt that the PDF embeds, with `proof` or else with the log proof that it embeds.

    Raises VerificationError if this is no PDF with exactly one receipt, CannotCheckError if pypdf is not installed.
    """
    files = embedded_files(pdf)
    if RECEIPT_NAME not in files:
        raise VerificationError("The PDF has no receipt in it.")
    return verify_receipt(files[RECEIPT_NAME], trust=trust, proof=proof or files.get(PROOF_NAME))


def embedded_files(pdf: bytes) -> dict[str, bytes]:
    """Name -> bytes of every file that the PDF embeds (its EmbeddedFiles name tree, ISO 32000-2 section 7.11.4).

    Raises VerificationError if this is no PDF, two files share a name, or one is called differently in two places or
    is larger than a receipt may be; CannotCheckError if pypdf is not installed.
    """
    try:
        import pypdf  # noqa: PLC0415 - an extra: whoever verifies JSON does without it
    except ImportError as error:
        raise CannotCheckError("To read PDFs, install carbonledger[pdf].") from error
    try:
        catalog = pypdf.PdfReader(BytesIO(pdf), strict=True).trailer["/Root"]
        found = list(_files_of(catalog))
    except VerificationError:
        raise
    except Exception as error:
        # On a broken file pypdf raises whatever its parser stumbles over.
        raise VerificationError("The file cannot be read as a PDF.") from error
    files = dict(found)
    if len(files) != len(found):
        raise VerificationError("Two files in the PDF have the same name.")
    return files


def _files_of(catalog: Any) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each entry of the name tree, whose leaves are arrays of key, file specification, key, …"""
    names = catalog.get("/Names", {}).get("/EmbeddedFiles")
    waiting = [] if names is None else [names.get_object()]
    looked_at = 0
    while waiting:
        node = waiting.pop()
        entries = [entry.get_object() for entry in node.get("/Names", [])]
        looked_at += 1 + len(entries)
        if looked_at > _MOST_NODES:
            raise VerificationError("The PDF embeds too many files.")
        yield from (_file(key, entries[2 * index + 1]) for index, key in enumerate(entries[::2]))
        waiting.extend(kid.get_object() for kid in node.get("/Kids", []))


def _file(key: Any, specification: Any) -> tuple[str, bytes]:
    called = {str(name) for name in (key, specification.get("/F"), specification.get("/UF")) if name is not None}
    streams = specification["/EF"]
    stream = streams["/F"]
    if len(called) != 1 or any(streams[name] is not stream for name in streams):
        raise VerificationError("A file in the PDF has two names, or two contents.")
    data: bytes = stream.get_data()
    if len(data) > LARGEST_DOCUMENT_BYTES:
        raise VerificationError(f"A file in the PDF is larger than {LARGEST_DOCUMENT_BYTES} bytes.")
    return called.pop(), data

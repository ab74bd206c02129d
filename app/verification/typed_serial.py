"""Serial numbers as people type them: lower case, spaces, dashes missing or of another kind, O for 0."""

import re

from carbonledger.verify import VerificationError
from carbonledger.verify.serials import as_typed, parse

from core.errors import InvalidInputError

_BETWEEN = re.compile(r"[\s\-‐-―−_.]+")
_GROUPS = re.compile(r"(CLT?)(.{4})(.{2})(.{8})(.)")
_LONGEST = 60


class MistypedSerialError(InvalidInputError):
    """Anybody can compute a check character, so that it is wrong tells nothing of which receipts there are."""

    code = "mistyped-serial"

    def __init__(self) -> None:
        super().__init__(
            "This serial number looks mistyped. Compare it with the receipt, character by character: it reads like"
            " CL-2026-10-7F3K9QX2-M."
        )


def typed_serial(text: str) -> str:
    """The serial number that was meant, in its one form. Raises MistypedSerialError if its check character is wrong."""
    groups = _GROUPS.fullmatch(_BETWEEN.sub("", text[:_LONGEST]).upper())
    if groups is None:
        raise MistypedSerialError
    try:
        return str(parse(as_typed("-".join(groups.groups()))))
    except VerificationError:
        raise MistypedSerialError from None

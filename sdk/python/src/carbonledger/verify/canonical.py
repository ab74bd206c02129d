"""Canonical bytes of a JSON value (RFC 8785, JCS): what is hashed, signed, stored and served."""

from collections.abc import Mapping, Sequence

import rfc8785

from carbonledger.verify.errors import VerificationError
from carbonledger.verify.strict_json import LARGEST_INTEGER

Canonicalizable = Mapping[str, "Canonicalizable"] | Sequence["Canonicalizable"] | str | int | bool | None


def canonical(value: Canonicalizable) -> bytes:
    """The one UTF-8 form: names sorted by UTF-16 code units, no white space, shortest escapes. No newline at the end.

    Raises VerificationError for what has none: a lone surrogate, an integer beyond 2^53 - 1, a float (masses are
    strings of whole micrograms, so no float belongs into any document of ours), a name that is no string.
    """
    _refuse_numbers(value)
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:  # the latter of a surrogate in a name
        raise VerificationError(f"The value has no canonical form: {error}.") from error


def _refuse_numbers(value: object) -> None:
    match value:
        case bool() | str() | None:
            pass
        case int():
            if abs(value) > LARGEST_INTEGER:
                raise VerificationError("The value has no canonical form: an integer beyond 2^53 - 1.")
        case Mapping():
            for member in value.values():
                _refuse_numbers(member)
        case list() | tuple():
            for item in value:
                _refuse_numbers(item)
        case _:
            raise VerificationError(f"The value has no canonical form: it holds a {type(value).__name__}.")

"""Look at one thing after the other: each look either finds something or raises -> one outcome a check."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from carbonledger.verify.errors import VerificationError
from carbonledger.verify.report import CHECK_NAMES, Check, CheckName

Found = TypeVar("Found")


class Checks:
    """Outcomes so far. A check that needs another one is not looked at unless that one passed."""

    def __init__(self) -> None:
        self._outcomes: dict[CheckName, Check] = {}

    def run(self, name: CheckName, look: Callable[[], Found], *, needs: Sequence[CheckName] = ()) -> Found | None:
        """What `look` found, or null where it raised or was not run."""
        for needed in needs:
            if self._outcomes[needed].outcome != "passed":
                self.leave(name, f"Not looked at, for the check before it did not pass: {needed}.")
                return None
        try:
            found = look()
        except VerificationError as error:
            self._outcomes[name] = Check(name, "failed", str(error))
            return None
        self._outcomes[name] = Check(name, "passed", _PASSED[name])
        return found

    def leave(self, name: CheckName, reason: str) -> None:
        self._outcomes[name] = Check(name, "not_checked", reason)

    def in_order(self) -> tuple[Check, ...]:
        return tuple(self._outcomes[name] for name in CHECK_NAMES)


_PASSED: Mapping[CheckName, str] = {
    "format": "The bytes are canonical JSON.",
    "schema": "Every member is there, and as the schema asks.",
    "context": "The contexts of the receipt and of its proof are the ones of carbon receipts.",
    "issuer": "The issuer is the one you trust.",
    "key": "The key is one of the issuer's, and was not revoked before the receipt was logged.",
    "signature": "The key signed exactly this receipt.",
    "arithmetic": "Lines add up to totals, and credits to what was retired, to the digit.",
    "inclusion": "The log has this receipt.",
    "checkpoint": "The log's key signed the checkpoint that the proof leads to.",
}

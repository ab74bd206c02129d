"""What verification found: one outcome a check, and the receipt as far as it could be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from carbonledger.verify.strict_json import Json

CheckName = Literal[
    "format", "schema", "context", "issuer", "key", "signature", "arithmetic", "inclusion", "checkpoint"
]
CHECK_NAMES: tuple[CheckName, ...] = get_args(CheckName)
"""In the order in which people read them."""
Outcome = Literal["passed", "failed", "not_checked"]


@dataclass(frozen=True, slots=True)
class Check:
    """`detail`: one sentence, what was found or why it was not looked at."""

    name: CheckName
    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """`sha256`: 64 hex digits, of the receipt's bytes as given. `receipt`: null where the bytes are not canonical JSON.

    Nothing in `receipt` may be believed unless `is_valid`.
    """

    receipt: Mapping[str, Json] | None
    sha256: str
    checks: tuple[Check, ...]

    @property
    def is_valid(self) -> bool:
        """Every check passed. A receipt without its log proof is not valid: it is not known to have been published."""
        return all(check.outcome == "passed" for check in self.checks)

    @property
    def is_incomplete(self) -> bool:
        """Nothing failed, but something could not be checked (no log proof was given)."""
        return not self.is_valid and all(check.outcome != "failed" for check in self.checks)

    def outcome(self, name: CheckName) -> Outcome:
        """Of the check with this name."""
        return next(check.outcome for check in self.checks if check.name == name)

"""The tree of errors.

CarbonLedgerError
├── PermanentError            trying again changes nothing until somebody acts
│   ├── InvalidInputError     what the caller gave cannot be used
│   ├── NotFoundError         there is no such thing, or it is not yours (the same answer)
│   └── ConflictError         it exists already, or is in a state that forbids the act
└── TransientError            the same call may succeed later

Each error carries `code` (stable, a slug; the last part of a problem type) and a sentence that says what to do.
Packages add their own classes below PermanentError or TransientError; what maps errors to HTTP or to retries looks at
these bases.
"""

from typing import ClassVar


class CarbonLedgerError(Exception):
    code: ClassVar[str] = "error"

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


class PermanentError(CarbonLedgerError):
    code = "permanent-error"


class InvalidInputError(PermanentError):
    code = "invalid-input"


class NotFoundError(PermanentError):
    code = "not-found"


class ConflictError(PermanentError):
    code = "conflict"


class TransientError(CarbonLedgerError):
    code = "try-again-later"


class DatabaseUnavailableError(TransientError):
    code = "database-unavailable"

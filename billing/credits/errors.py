"""What can go wrong with credits.

PermanentError
├── InvalidInputError
│   ├── UnreadableSerialError   (serials.py) not a serial number of that registry
│   ├── RefusedFileError        a CSV with problems; nothing of it was imported
│   └── UnusableEvidenceError   an evidence file that is not there, empty or too large
├── ConflictError
│   ├── NotOrderedError         no such retirement, or it is settled already
│   ├── NotOursError            retired for another beneficiary than our pool
│   ├── UnitsDisagreeError      the registry shows other units than were ordered
│   └── LedgerBrokenError       the ledger contradicts itself: a fault of ours
├── BrokerRefusedError          our key or our order
└── UnreadableOrderError        the broker answered in a shape that we do not know
TransientError
└── BrokerUnavailableError      no answer, 5xx, 429, or the same order is being placed at this moment
"""

from collections.abc import Sequence

from core.errors import ConflictError, InvalidInputError, PermanentError, TransientError


class RefusedFileError(InvalidInputError):
    """`problems` are sentences, each with the row that it is about."""

    code = "refused-file"

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(["Nothing was imported.", *problems]))


class UnusableEvidenceError(InvalidInputError):
    code = "unusable-evidence"


class NotOrderedError(ConflictError):
    code = "not-ordered"

    def __init__(self, retirement_id: int) -> None:
        super().__init__(f"There is no retirement {retirement_id} that waits; `credits list` shows those that do.")


class NotOursError(ConflictError):
    code = "not-ours"

    def __init__(self, found: str, ours: str) -> None:
        super().__init__(f"The registry names {found!r} as beneficiary, our pool is {ours!r}.")


class UnitsDisagreeError(ConflictError):
    code = "units-disagree"


class LedgerBrokenError(ConflictError):
    code = "ledger-broken"


class BrokerRefusedError(PermanentError):
    code = "broker-refused"


class UnreadableOrderError(PermanentError):
    code = "unreadable-order"


class BrokerUnavailableError(TransientError):
    code = "broker-unavailable"

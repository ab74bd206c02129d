"""What can go wrong with a billing period.

PermanentError
└── IllegalMoveError        no such move between states
TransientError
├── LostRaceError           somebody else moved the period meanwhile
└── NoFactorVersionError    nothing was built yet, so there is no factor version to pin
"""

from core.errors import PermanentError, TransientError


class IllegalMoveError(PermanentError):
    code = "illegal-move"

    def __init__(self, period_id: int, came_from: str, to: str) -> None:
        self.period_id, self.came_from, self.to = period_id, came_from, to
        super().__init__(f"Billing period {period_id} cannot go from {came_from} to {to}.")


class LostRaceError(TransientError):
    code = "lost-race"

    def __init__(self, period_id: int) -> None:
        self.period_id = period_id
        super().__init__(f"Billing period {period_id} was changed by somebody else meanwhile; look at it again.")


class NoFactorVersionError(TransientError):
    code = "no-factor-version"

    def __init__(self) -> None:
        super().__init__("No build has started yet, so a billing period has no factor version to hold. Build first.")

"""Why no document can be made of a period.

PermanentError
├── NotStatedError         the period is not closed with usage data, or what its close stated is not all there
├── MissingFactorsError    sealed rows were priced with factors that the reference tables do not have
└── ContradictionError     sealed rows, the close's totals and the allotted credits do not fit together
"""

from core.errors import PermanentError


class NotStatedError(PermanentError):
    code = "period-not-stated"

    def __init__(self, period_id: int) -> None:
        self.period_id = period_id
        super().__init__(f"Period {period_id} is not closed with usage data, or its factor set is not in the database.")


class MissingFactorsError(PermanentError):
    code = "factors-missing"

    def __init__(self, version: str, model_class: str, host: str) -> None:
        super().__init__(
            f"The factors of {version}, class {model_class} at {host}, are not in the database: run a build."
        )


class ContradictionError(PermanentError):
    code = "receipt-contradicts-itself"

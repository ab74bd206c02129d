"""What can be wrong with a budget."""

from core.errors import ConflictError, InvalidInputError, NotFoundError


class InvalidBudgetError(InvalidInputError):
    code = "invalid-budget"


class BudgetNotFoundError(NotFoundError):
    code = "budget-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such budget.")


class UnknownBudgetProjectError(InvalidInputError):
    """Somebody else's project is as unknown as one that does not exist."""

    code = "unknown-project"

    def __init__(self) -> None:
        super().__init__("There is no such project in this organization.")


class BudgetExistsError(ConflictError):
    code = "budget-exists"

    def __init__(self) -> None:
        super().__init__("There is a budget for this already. Change that one, or remove it first.")


class BudgetChangedError(ConflictError):
    code = "budget-changed"

    def __init__(self) -> None:
        super().__init__("Somebody has changed this budget meanwhile. Look at it again before you change it.")

"""What connecting and polling refuse, beside what providers raise (providers/protocol.py).

InvalidInputError                     ConflictError                        NotFoundError
├── UnknownProjectError               ├── AccountAlreadyConnectedError     └── ConnectionNotFoundError
├── UnknownUsageEndpointError         ├── OtherAccountError
├── UnknownProviderError              └── NeedsReauthenticationError
└── InvalidLabelError
"""

from core.errors import ConflictError, InvalidInputError, NotFoundError


class UnknownProjectError(InvalidInputError):
    code = "unknown-project"

    def __init__(self) -> None:
        super().__init__("There is no such project. Choose one of your projects, or leave project_id out.")


class UnknownUsageEndpointError(InvalidInputError):
    code = "unknown-usage-endpoint"

    def __init__(self, choices: tuple[str, ...]) -> None:
        super().__init__(f"This provider has no such usage endpoint. Choose one of: {', '.join(choices)}.")


class UnknownProviderError(InvalidInputError):
    code = "unknown-provider"

    def __init__(self, choices: tuple[str, ...]) -> None:
        super().__init__(f"This provider is not supported. Choose one of: {', '.join(choices)}.")


class InvalidLabelError(InvalidInputError):
    code = "invalid-label"

    def __init__(self) -> None:
        super().__init__("A label has 1 to 80 characters and no control characters.")


class AccountAlreadyConnectedError(ConflictError):
    """Another active connection reads this account already."""

    code = "account-already-connected"

    def __init__(self, first_label: str) -> None:
        self.first_label = first_label
        super().__init__(
            f"This account is connected already, as “{first_label}”. Re-authenticate that connection to change its key,"
            " or delete it first."
        )


class OtherAccountError(ConflictError):
    """A key of another account than the connection's."""

    code = "other-account"

    def __init__(self) -> None:
        super().__init__(
            "This key belongs to another account than the connection. Use a key of the same account, or add a new"
            " connection for the other one."
        )


class NeedsReauthenticationError(ConflictError):
    code = "needs-reauthentication"

    def __init__(self) -> None:
        super().__init__("Polling of this connection has stopped. Re-authenticate it with a working key first.")


class ConnectionNotFoundError(NotFoundError):
    code = "connection-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such connection.")

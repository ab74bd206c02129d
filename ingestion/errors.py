"""What connecting, polling, projects, mapping and corrections refuse, beside what providers raise.

What providers raise is in providers/protocol.py.

InvalidInputError                     ConflictError                        NotFoundError
├── UnknownProjectError               ├── AccountAlreadyConnectedError     ├── ConnectionNotFoundError
├── UnknownUsageEndpointError         ├── OtherAccountError                ├── ProjectNotFoundError
├── UnknownProviderError              ├── NeedsReauthenticationError       └── CorrectionNotFoundError
├── InvalidLabelError                 ├── ProjectNameTakenError
├── InvalidProjectNameError           ├── ProjectChangedError
├── InvalidSelectorError              ├── ProjectInUseError
├── InvalidMappingError               ├── ProjectArchivedError
├── EffectiveInThePastError           ├── DefaultProjectError
├── InvalidCorrectionError            └── MappingChangedError
├── InvalidReasonError
└── InvalidRereadError
"""

from collections.abc import Sequence

from core.errors import ConflictError, InvalidInputError, NotFoundError


class UnknownProjectError(InvalidInputError):
    code = "unknown-project"

    def __init__(self) -> None:
        super().__init__("There is no such project. Choose one of your projects, or leave project_id out.")


class InvalidRereadError(InvalidInputError):
    code = "invalid-reread"

    def __init__(self) -> None:
        super().__init__("Name days that have begun, at most 31 of them, the first one first.")


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


class ProjectNotFoundError(NotFoundError):
    code = "project-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such project.")


class InvalidProjectNameError(InvalidInputError):
    code = "invalid-project-name"

    def __init__(self) -> None:
        super().__init__(
            "A project's name has 1 to 80 characters on one line, without control characters and without characters"
            " that turn the direction of the text around."
        )


class ProjectNameTakenError(ConflictError):
    code = "project-name-taken"

    def __init__(self) -> None:
        super().__init__("There is a project of this name already; it may be archived. Choose another name.")


class ProjectChangedError(ConflictError):
    """The version that was sent is not the project's any more."""

    code = "project-changed"

    def __init__(self) -> None:
        super().__init__("Somebody else has changed this project meanwhile. Look at it again, then repeat your change.")


class ProjectInUseError(ConflictError):
    """Usage goes to the project now or will later; `labels` names the connections that it comes from."""

    code = "project-in-use"

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = tuple(labels)
        shown = ", ".join(f"“{label}”" for label in labels[:5])
        more = f" and {len(labels) - 5} more" if len(labels) > 5 else ""
        super().__init__(
            f"Usage of {shown}{more} goes to this project, or will at a planned instant. Map it to another project"
            " first; the history stays here."
        )


class ProjectArchivedError(ConflictError):
    code = "project-archived"

    def __init__(self) -> None:
        super().__init__("This project is archived. Restore it first, or choose another one.")


class DefaultProjectError(ConflictError):
    code = "default-project"

    def __init__(self) -> None:
        super().__init__("The default project cannot be archived. Make another project the default one first.")


class InvalidSelectorError(InvalidInputError):
    code = "invalid-selector"


class InvalidMappingError(InvalidInputError):
    code = "invalid-mapping"


class EffectiveInThePastError(InvalidInputError):
    code = "effective-in-the-past"

    def __init__(self) -> None:
        super().__init__(
            "A mapping changes now or later, never earlier: history stays where it is. To move history on purpose, make"
            " a correction."
        )


class MappingChangedError(ConflictError):
    """The version that was sent is not the mapping's any more."""

    code = "mapping-changed"

    def __init__(self) -> None:
        super().__init__(
            "Somebody else has changed this connection's mapping meanwhile; nothing of yours was written. Look at it"
            " again, then repeat your change."
        )


class InvalidCorrectionError(InvalidInputError):
    code = "invalid-correction"


class InvalidReasonError(InvalidInputError):
    code = "invalid-reason"

    def __init__(self) -> None:
        super().__init__("A reason has 1 to 500 characters on one line and no control characters.")


class CorrectionNotFoundError(NotFoundError):
    code = "correction-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such correction.")

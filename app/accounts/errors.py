"""Errors of accounts.

CarbonLedgerError
└── PermanentError
    ├── NotAuthenticatedError      nobody, or nobody any more: 401
    │   └── WrongPasswordError     e-mail and password do not belong together; does not say which is wrong
    ├── ForbiddenError             somebody, but not allowed to: 403
    │   ├── NoOrganizationError    a person whom every organization has removed
    │   └── ForeignOriginError     a write with our cookie that no page of ours made
    ├── ConflictError              409
    │   ├── EmailTakenError
    │   ├── AlreadyMemberError
    │   └── LastOwnerError
    ├── InvalidInputError          422
    │   ├── UnusableEmailError
    │   ├── WrongPresentPasswordError   of somebody who is logged in: no 401, the session is good
    │   ├── WeakPasswordError
    │   └── UnusableTokenError     a link that was used, has expired, or never was
    └── TooManyAttemptsError       429, with `retry_after`
"""

from datetime import timedelta

from core.errors import ConflictError, InvalidInputError, PermanentError


class NotAuthenticatedError(PermanentError):
    code = "not-authenticated"


class WrongPasswordError(NotAuthenticatedError):
    code = "wrong-password"

    def __init__(self) -> None:
        super().__init__("E-mail and password do not match. Check both, or reset your password.")


class ForbiddenError(PermanentError):
    code = "forbidden"


class NoOrganizationError(ForbiddenError):
    code = "no-organization"

    def __init__(self) -> None:
        super().__init__("You are no longer a member of any organization. Ask an owner or admin to invite you again.")


class ForeignOriginError(ForbiddenError):
    code = "foreign-origin"

    def __init__(self, public_url: str) -> None:
        super().__init__(f"This write did not come from {public_url}. Open the dashboard there, or use an API key.")


class EmailTakenError(ConflictError):
    code = "email-taken"

    def __init__(self) -> None:
        super().__init__("There is an account with this e-mail already. Log in, or reset its password.")


class AlreadyMemberError(ConflictError):
    code = "already-member"

    def __init__(self) -> None:
        super().__init__("This person is a member of the organization already.")


class LastOwnerError(ConflictError):
    code = "last-owner"

    def __init__(self) -> None:
        super().__init__("An organization keeps at least one owner. Make somebody else an owner first.")


class UnusableEmailError(InvalidInputError):
    code = "unusable-email"

    def __init__(self) -> None:
        super().__init__("Write the e-mail address as name@example.com.")


class WeakPasswordError(InvalidInputError):
    code = "weak-password"


class WrongPresentPasswordError(InvalidInputError):
    code = "wrong-present-password"

    def __init__(self) -> None:
        super().__init__("This is not your present password. Try again, or log out and reset it.")


class UnusableTokenError(InvalidInputError):
    code = "unusable-link"

    def __init__(self) -> None:
        super().__init__("This link was used already or has expired. Ask for a new one.")


class TooManyAttemptsError(PermanentError):
    """`retry_after` says from when on one more attempt is let through."""

    code = "too-many-attempts"

    def __init__(self, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        super().__init__("Too many attempts. Wait a while, then try again.")

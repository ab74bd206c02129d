"""Settings for a command of the command line; what cannot be used is one sentence of ours."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.settings import Settings


def settings_of_environment() -> "Settings":
    """Raises InvalidInputError that names each setting at fault, never its value."""
    from pydantic import ValidationError

    from core.errors import InvalidInputError
    from core.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        named = ", ".join(
            f"CARBONLEDGER_{'_'.join(map(str, problem['loc'])).upper()} ({problem['msg']})"
            for problem in error.errors()
        )
        raise InvalidInputError(f"These settings cannot be used: {named}.") from None

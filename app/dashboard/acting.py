"""What a page does when somebody presses a button: the act, and its refusal as a sentence instead of a stack trace."""

from collections.abc import Callable
from typing import TypeVar

from app.dashboard import fragments
from core.errors import CarbonLedgerError

Answer = TypeVar("Answer")


def attempted(act: Callable[[], Answer]) -> Answer | None:
    """What the act answers; None, and its sentence on the page, if it was refused."""
    try:
        return act()
    except CarbonLedgerError as error:
        fragments.show("note.html", tone="bad", title="", sentence=error.sentence, link=None)
        return None


def done(act: Callable[[], object]) -> bool:
    """Whether the act was carried out; its sentence is on the page if it was refused."""
    try:
        act()
    except CarbonLedgerError as error:
        fragments.show("note.html", tone="bad", title="", sentence=error.sentence, link=None)
        return False
    return True

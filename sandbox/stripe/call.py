"""One API request: its parameters, the ids in its path, and its idempotency key."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.stripe.form import Form, FormType, Tree, checked
from sandbox.stripe.refusal import Object

if TYPE_CHECKING:
    from sandbox.stripe.account import Account


class Plain(Form):
    """No parameter but `expand`."""


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    parameters: Tree
    idempotency_key: str | None = None
    ids: dict[str, str] = field(default_factory=dict)

    def form(self, form: type[FormType]) -> FormType:
        """The parameters as this form has them; checked before anything is done. Raises RefusedError."""
        return checked(form, self.parameters)

    def plain(self) -> None:
        """Refuses every parameter but `expand`."""
        self.form(Plain)

    @property
    def id(self) -> str:
        return self.ids["id"]


Operation = Callable[["Account", Call], Object]
Route = tuple[str, str, Operation]

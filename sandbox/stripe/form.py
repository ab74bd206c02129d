"""Form-encoded parameters with nested keys, `items[0][price]=…`, to nested dicts and lists, and into checked models."""

import re
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.stripe.refusal import RefusedError

Tree = dict[str, Any]

Metadata = dict[str, str] | Literal[""]
"""Keys to set, with "" for those to remove; "" removes all of them."""


class Form(BaseModel):
    """The parameters of one operation. Like Stripe, it refuses a parameter that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    expand: list[str] = Field(default=[], max_length=4 * 5)


FormType = TypeVar("FormType", bound=Form)


def decoded(encoded: str) -> Tree:
    """The nested parameters of a query string or a form body. Lists come numbered or with empty brackets."""
    tree: Tree = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        keys = [name.partition("[")[0], *re.findall(r"\[([^\[\]]*)\]", name)]
        place = tree
        for key in keys[:-1]:
            inner = place.setdefault(_numbered(key, place), {})
            if not isinstance(inner, dict):
                raise RefusedError(f"Invalid request: {name} is given both as a value and as a hash", saved=False)
            place = inner
        place[_numbered(keys[-1], place)] = value
    listed = _listed(tree)
    assert isinstance(listed, dict)  # noqa: S101 - the outermost names are never numbers
    return listed


def checked(form: type[FormType], tree: Tree) -> FormType:
    """The parameters as the operation knows them. Raises RefusedError in Stripe's words."""
    try:
        return form.model_validate(tree)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name, *inner = [str(part) for part in first["loc"]] or ["body"]
        param = name + "".join(f"[{part}]" for part in inner)
        raise _refused(first["type"], param, first["msg"]) from None


def with_metadata(before: dict[str, str], given: Metadata | None) -> dict[str, str]:
    """Metadata after an update: keys are merged, empty values remove their key."""
    if given is None:
        return before
    return {} if given == "" else {key: value for key, value in (before | given).items() if value != ""}


def _refused(kind: str, param: str, message: str) -> RefusedError:
    if kind == "missing":
        return RefusedError(f"Missing required param: {param}.", param=param, code="parameter_missing", saved=False)
    if kind == "extra_forbidden":
        return RefusedError(f"Received unknown parameter: {param}", param=param, code="parameter_unknown", saved=False)
    return RefusedError(f"Invalid {param}: {message}", param=param, code="parameter_invalid", saved=False)


def _numbered(key: str, place: Tree) -> str:
    return key or str(len(place))


def _listed(tree: object) -> object:
    if not isinstance(tree, dict):
        return tree
    values = {key: _listed(value) for key, value in tree.items()}
    if values and all(key.isdigit() for key in values):
        return [values[key] for key in sorted(values, key=int)]
    return values

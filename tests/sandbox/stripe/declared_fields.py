"""Objects of the sandbox held against stripe-python's class annotations, which are generated from Stripe's own
OpenAPI description: every field that is not Optional must be there, no other may be, and each has its declared type.
"""

import ast
import importlib
import inspect
import sys
import types
import typing
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal, Union, get_args, get_origin

from stripe._list_object import ListObject
from stripe._object_classes import OBJECT_CLASSES
from stripe._stripe_object import StripeObject, UntypedStripeObject


def class_of(thing: Mapping[str, Any]) -> type[StripeObject]:
    """The SDK's class of an object, by its `object` field."""
    module, name = OBJECT_CLASSES[thing["object"]]
    found: type[StripeObject] = getattr(importlib.import_module(module), name)
    return found


def disagreements(thing: Mapping[str, Any], kind: type[StripeObject], place: str = "") -> list[str]:
    """What is missing, unknown or of another type, each with its place; empty if all is as declared."""
    declared = fields_of(kind)
    place = place or kind.__name__
    found = [f"{place}.{name} is unknown" for name in thing if name not in declared]
    for name, hint in declared.items():
        if name in thing:
            found += _wrong_values(thing[name], hint, f"{place}.{name}")
        elif type(None) not in get_args(hint):
            found.append(f"{place}.{name} is missing")
    return found


def _wrong_values(value: object, hint: object, place: str) -> list[str]:
    if get_origin(hint) in (Union, types.UnionType):
        attempts = [_wrong_values(value, each, place) for each in _members(hint)]
        return min(attempts, key=len) if attempts and [] not in attempts else []
    if get_origin(hint) is list:
        if not isinstance(value, list):
            return [f"{place} is no list"]
        (inner,) = get_args(hint)
        return [
            wrong for number, each in enumerate(value) for wrong in _wrong_values(each, inner, f"{place}[{number}]")
        ]
    if get_origin(hint) is Literal:
        return [] if value in get_args(hint) else [f"{place} is {value!r}"]
    if get_origin(hint) is ListObject:
        return _wrong_list(value, get_args(hint)[0], place)
    return _wrong_plain(value, hint, place)


def _members(union: object) -> list[object]:
    """Where values are listed, other strings, which the SDK allows for Stripe's future ones, are none of ours."""
    members = list(get_args(union))
    has_values = any(get_origin(each) is Literal for each in members)
    return [each for each in members if not (has_values and each is str)]


def _wrong_list(value: object, inner: type[StripeObject], place: str) -> list[str]:
    if (
        not isinstance(value, dict)
        or value.get("object") != "list"
        or set(value) != {"object", "data", "has_more", "url"}
    ):
        return [f"{place} is no list object"]
    return [
        wrong
        for number, each in enumerate(value["data"])
        for wrong in disagreements(each, inner, f"{place}.data[{number}]")
    ]


def _wrong_plain(value: object, hint: object, place: str) -> list[str]:
    if get_origin(hint) in (dict, UntypedStripeObject) or hint is UntypedStripeObject:
        return [] if isinstance(value, dict) else [f"{place} is no hash"]
    if isinstance(hint, type) and issubclass(hint, StripeObject):
        return disagreements(value, hint, place) if isinstance(value, dict) else [f"{place} is no object"]
    if hint is Decimal:
        return [] if isinstance(value, str) and Decimal(value).is_finite() else [f"{place} is no decimal string"]
    if hint is Any:
        return []
    assert isinstance(hint, type), f"{place}: a hint that this test does not know: {hint!r}"
    return [] if type(value) is hint else [f"{place} is a {type(value).__name__}, not a {hint.__name__}"]


def fields_of(kind: type[StripeObject]) -> dict[str, Any]:
    """The declared fields of a class and of those it inherits from, evaluated."""
    if kind not in _KNOWN:
        _KNOWN[kind] = _evaluated_fields(kind)
    return _KNOWN[kind]


_KNOWN: dict[type, dict[str, Any]] = {}


def _evaluated_fields(kind: type[StripeObject]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for each in reversed(kind.__mro__):
        if not each.__module__.startswith("stripe.") or each in (StripeObject, UntypedStripeObject):
            continue
        names = _names_in(each)
        for name, hint in inspect.get_annotations(each).items():
            evaluated = eval(hint, {}, names) if isinstance(hint, str) else hint
            evaluated = _resolved(evaluated, names)
            if not name.startswith("_") and get_origin(evaluated) is not ClassVar:
                fields[name] = evaluated
    return fields


def _resolved(hint: Any, names: dict[str, Any]) -> Any:
    """Forward references inside a hint, resolved."""
    if isinstance(hint, typing.ForwardRef):
        return _resolved(eval(hint.__forward_arg__, {}, names), names)
    arguments = get_args(hint)
    if not arguments or get_origin(hint) is Literal:
        return hint
    inner = tuple(_resolved(each, names) for each in arguments)
    if get_origin(hint) in (Union, types.UnionType):
        return Union[inner]  # noqa: UP007 - the members are known at run time only
    return hint.copy_with(inner) if hasattr(hint, "copy_with") else hint


def _names_in(kind: type) -> dict[str, Any]:
    module = sys.modules[kind.__module__]
    names = dict(vars(module)) | _type_checking_imports(kind.__module__)
    outer: Any = module
    for part in kind.__qualname__.split("."):
        outer = getattr(outer, part)
        names |= {name: value for name, value in vars(outer).items() if isinstance(value, type)}
    return names


@cache
def _type_checking_imports(module_name: str) -> dict[str, Any]:
    """What a module imports for type checkers only."""
    source = Path(str(sys.modules[module_name].__file__)).read_text()
    blocks = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    ]
    return {
        alias.asname or alias.name: getattr(importlib.import_module(statement.module), alias.name)
        for block in blocks
        for statement in block.body
        if isinstance(statement, ast.ImportFrom) and statement.module
        for alias in statement.names
    }

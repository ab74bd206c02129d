"""The JSON Schema of receipts, and as much of an interpreter as it needs.

`receipt-1.schema.json` is what issuers publish at `/schemas/receipt-1.json`; any validator of draft 2020-12 reads it.
Here it is read by a hundred lines, so that verifying needs no validator: a keyword that they do not know is an error
when the schema is loaded, never a rule that is passed over.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from carbonledger.verify.errors import VerificationError
from carbonledger.verify.strict_json import Json, parse_object

FILE = "receipt-1.schema.json"

_ANNOTATIONS = frozenset({"$schema", "$id", "$defs", "title", "description"})
_KEYWORDS = frozenset(
    {"$ref", "additionalProperties", "anyOf", "const", "enum", "items", "maxLength", "maximum", "minLength", "minimum",
     "pattern", "properties", "required", "type"}
)  # fmt: skip
_TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}

Schema = Mapping[str, Any]


def receipt_schema_bytes() -> bytes:
    """The schema as it is published (JSON)."""
    return resources.files("carbonledger.verify").joinpath(FILE).read_bytes()


@cache
def receipt_schema() -> Schema:
    """The schema of a receipt with its proof, version 1."""
    schema = parse_object(receipt_schema_bytes())
    _refuse_unknown_keywords(schema)
    return schema


def check_schema(value: Json, schema: Schema) -> None:
    """Return if `value` is as `schema` asks. Raises VerificationError that names the first place that is not."""
    if (problem := _problem(value, schema, schema)) is not None:
        raise VerificationError(f"${problem.place} {problem.what}")


class _Problem(NamedTuple):
    """`place`: seen from the value that was looked at, `.name` and `[index]`."""

    place: str
    what: str


def _problem(value: Json, schema: Schema, root: Schema) -> _Problem | None:
    """The first rule that `value` breaks."""
    if "$ref" in schema:
        definition = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        if (problem := _problem(value, definition, root)) is not None:
            return problem
    if "anyOf" in schema and (problem := _problem_of_any(value, schema["anyOf"], root)) is not None:
        return problem
    if (problem := _problem_of_kind(value, schema)) is not None:
        return problem
    match value:
        case str():
            return _problem_of_text(value, schema)
        case dict():
            return _problem_of_object(value, schema, root)
        case list():
            return _problem_of_items(value, schema.get("items", {}), root)
        case int() if type(value) is int and not _is_in_range(value, schema):
            return _Problem("", "is out of range")
    return None


def _problem_of_kind(value: Json, schema: Schema) -> _Problem | None:
    if "type" in schema and type(value) is not _TYPES[schema["type"]]:
        return _Problem("", f"is not of type {schema['type']}")
    if "const" in schema and not _same(value, schema["const"]):
        return _Problem("", "is not what it has to be")
    if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
        return _Problem("", "is none of the values that it may have")
    return None


def _problem_of_text(value: str, schema: Schema) -> _Problem | None:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return _Problem("", "is too short or too long")
    if "pattern" in schema and _pattern(schema["pattern"]).search(value) is None:
        return _Problem("", "is not written as it has to be")
    return None


def _problem_of_object(value: dict[str, Json], schema: Schema, root: Schema) -> _Problem | None:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            return _Problem(f".{name}", "is missing")
    for name, member in value.items():
        if name in properties:
            if (problem := _problem(member, properties[name], root)) is not None:
                return _Problem(f".{name}{problem.place}", problem.what)
        elif schema.get("additionalProperties", True) is False:
            return _Problem(f".{name[:40]}", "does not belong there")
    return None


def _problem_of_items(value: list[Json], schema: Schema, root: Schema) -> _Problem | None:
    for index, item in enumerate(value):
        if (problem := _problem(item, schema, root)) is not None:
            return _Problem(f"[{index}]{problem.place}", problem.what)
    return None


def _problem_of_any(value: Json, choices: Sequence[Schema], root: Schema) -> _Problem | None:
    problems = []
    for choice in choices:
        problem = _problem(value, choice, root)
        if problem is None:
            return None
        problems.append(problem)
    # The choice that was meant is the one that the value went deepest into.
    return max(problems, key=lambda problem: len(problem.place))


def _is_in_range(value: int, schema: Schema) -> bool:
    return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))


@cache
def _pattern(expression: str) -> re.Pattern[str]:
    # Python's `$` also stands before a last newline; that of ECMA's dialect, which schemas are written in, does not.
    return re.compile(re.sub(r"\$$", r"\\Z", expression))


def _same(value: Json, wanted: Json) -> bool:
    """Equality of JSON: true is not 1, at no depth."""
    if type(value) is not type(wanted):
        return False
    if isinstance(value, list) and isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(_same, value, wanted))
    if isinstance(value, dict) and isinstance(wanted, dict):
        return value.keys() == wanted.keys() and all(_same(value[name], wanted[name]) for name in value)
    return value == wanted


def _refuse_unknown_keywords(schema: Schema) -> None:
    if unknown := schema.keys() - _KEYWORDS - _ANNOTATIONS:
        raise VerificationError(f"The schema uses {', '.join(sorted(unknown))}, which is not read here.")
    below = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values(), *schema.get("anyOf", [])]
    for inner in [*below, *([schema["items"]] if "items" in schema else [])]:
        _refuse_unknown_keywords(inner)

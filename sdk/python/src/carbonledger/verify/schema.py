"""The JSON Schema of receipts, and as much of an interpreter as it needs.

`receipt-1.schema.json` is what issuers publish at `/schemas/receipt-1.json`; any validator of draft 2020-12 reads it.
Here it is read by sixty lines, so that verifying needs no validator: a keyword that they do not know is an error when
the schema is loaded, never a rule that is passed over.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

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
    for place, problem in _problems(value, schema, root=schema, place="$"):
        raise VerificationError(f"{place} {problem}")


def _problems(value: Json, schema: Schema, *, root: Schema, place: str) -> Iterator[tuple[str, str]]:
    """(where, what) of each rule that `value` breaks."""
    if "$ref" in schema:
        yield from _problems(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root=root, place=place)
    if "anyOf" in schema:
        yield from _problems_of_any(value, schema["anyOf"], root=root, place=place)
    if "type" in schema and type(value) is not _TYPES[schema["type"]]:
        yield place, f"is not of type {schema['type']}"
        return
    yield from ((place, problem) for problem in _problems_of_scalar(value, schema))
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _problems(item, schema.get("items", {}), root=root, place=f"{place}[{index}]")
    elif isinstance(value, dict):
        yield from _problems_of_object(value, schema, root=root, place=place)


def _problems_of_scalar(value: Json, schema: Schema) -> Iterator[str]:
    if "const" in schema and not _same(value, schema["const"]):
        yield "is not what it has to be"
    if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
        yield "is none of the values that it may have"
    if type(value) is int and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield "is out of range"
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            yield "is too short or too long"
        if "pattern" in schema and _pattern(schema["pattern"]).search(value) is None:
            yield "is not written as it has to be"


@cache
def _pattern(expression: str) -> re.Pattern[str]:
    # Python's `$` also stands before a last newline; that of ECMA's dialect, which schemas are written in, does not.
    return re.compile(re.sub(r"\$$", r"\\Z", expression))


def _problems_of_object(
    value: dict[str, Json], schema: Schema, *, root: Schema, place: str
) -> Iterator[tuple[str, str]]:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place}.{name}", "is missing"
    for name, member in value.items():
        if name in properties:
            yield from _problems(member, properties[name], root=root, place=f"{place}.{name}")
        elif schema.get("additionalProperties", True) is False:
            yield f"{place}.{name[:40]}", "does not belong there"


def _problems_of_any(value: Json, choices: list[Schema], *, root: Schema, place: str) -> Iterator[tuple[str, str]]:
    found = [next(_problems(value, choice, root=root, place=place), None) for choice in choices]
    if None not in found:
        # The choice that was meant is the one that the value went deepest into.
        yield max((problem for problem in found if problem), key=lambda problem: len(problem[0]))


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

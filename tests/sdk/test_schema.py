"""The schema of receipts is read by our hundred lines as any validator reads it."""

import json
from typing import Any

import pytest
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.schema import check_schema, receipt_schema, receipt_schema_bytes
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.receipts.samples import sample_receipt
from tests.sdk.places import Place, changed, places

SCHEMA = receipt_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
SAMPLE = sample_receipt().document
# Not with a line feed at its end: there `jsonschema` takes Python's `$` for ECMA's, and a test of its own is below.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6).filter(lambda text: not text.endswith("\n"))
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | TEXT | st.sampled_from(["0", "-1", "01", "١"])
PATTERNS = st.sampled_from(["^[a-c]*$", "^(0|-?[1-9][0-9]{0,3})$", "^z"])


def agree(value: Any, schema: dict[str, Any]) -> bool:
    """Whether both take, or both refuse."""
    try:
        check_schema(value, schema)
    except VerificationError:
        return not Draft202012Validator(schema).is_valid(value)
    return bool(Draft202012Validator(schema).is_valid(value))


def test_the_schema_is_one_of_draft_2020_12_and_takes_a_receipt() -> None:
    Draft202012Validator.check_schema(json.loads(receipt_schema_bytes()))
    assert VALIDATOR.is_valid(SAMPLE)
    check_schema(SAMPLE, SCHEMA)


def test_no_object_of_a_receipt_takes_a_member_more_or_less() -> None:
    objects = [schema for schema in _schemas(SCHEMA) if schema.get("type") == "object"]
    assert len(objects) > 20
    for schema in objects:
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])


def _schemas(schema: Any) -> list[dict[str, Any]]:
    below = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    mine = [schema] if isinstance(schema, dict) else []
    return [*mine, *(inner for each in below for inner in _schemas(each))]


@given(st.sampled_from(places(SAMPLE)), SCALARS | st.just([]) | st.just({}))
def test_any_member_changed_is_judged_as_any_validator_judges_it(place: Place, to: Any) -> None:
    assert agree(changed(SAMPLE, place, to), dict(SCHEMA))


SIMPLE = st.fixed_dictionaries(
    {"type": st.sampled_from(["string", "integer", "boolean", "null", "array", "object"])},
    optional={
        "enum": st.lists(SCALARS, min_size=1, max_size=3),
        "const": SCALARS | st.lists(SCALARS, max_size=2),
        "minimum": st.integers(-2, 2),
        "maximum": st.integers(-2, 2),
        "minLength": st.integers(0, 2),
        "maxLength": st.integers(0, 4),
        "pattern": PATTERNS,
    },
)
SCHEMAS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    SIMPLE | st.just({"$ref": "#/$defs/known"}) | st.just({"const": True}) | st.just({"const": [1, {"a": False}]}),
    lambda inner: (
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"type": st.just("array"), "items": inner})
        | st.fixed_dictionaries(
            {"properties": st.dictionaries(st.sampled_from("ab"), inner)},
            optional={"required": st.lists(st.sampled_from("ab"), unique=True), "additionalProperties": st.booleans()},
        )
    ),
    max_leaves=6,
)
INSTANCES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner), max_leaves=6
)


@given(INSTANCES, SCHEMAS)
def test_the_keywords_mean_what_they_mean_elsewhere(value: Any, schema: dict[str, Any]) -> None:
    assert agree(value, {**schema, "$defs": {"known": {"type": "string", "pattern": "^a"}}})


@pytest.mark.parametrize("value", [True, [1, {"a": 0}], [1.0, {"a": False}]])
def test_true_is_not_one(value: Any) -> None:
    with pytest.raises(VerificationError):
        check_schema(value, {"const": 1})
    with pytest.raises(VerificationError):
        check_schema(value, {"const": [1, {"a": False}]})


def test_a_line_feed_at_the_end_is_not_part_of_a_number() -> None:
    with pytest.raises(VerificationError, match="not written as it has to be"):
        check_schema("12\n", {"type": "string", "pattern": "^[0-9]+$"})


def test_the_first_broken_rule_is_named_with_its_place() -> None:
    document = changed(SAMPLE, ("credentialSubject", "usage", "models", 1, "requests"), 120)
    with pytest.raises(VerificationError, match=r"^\$\.credentialSubject\.usage\.models\[1\]\.requests is not of type"):
        check_schema(document, SCHEMA)

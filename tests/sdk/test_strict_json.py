"""Bytes that two readers could take for two documents are refused, whatever they say."""

import json

import pytest
from carbonledger.verify.canonical import canonical
from carbonledger.verify.errors import VerificationError
from carbonledger.verify.strict_json import DEEPEST_NESTING, LARGEST_DOCUMENT_BYTES, LARGEST_INTEGER, Json, parse
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_in_canonical_form_reads_back_and_is_written_the_same(value: Json) -> None:
    written = canonical(value)
    assert parse(written) == value
    assert canonical(parse(written)) == written


@given(VALUES)
def test_any_plain_json_reads_as_the_standard_library_reads_it(value: Json) -> None:
    assert parse(json.dumps(value, indent=1).encode()) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b'{"a": 1, "a": 1}', "twice"),
        (b'{"a": {"b": 1, "\\u0062": 2}}', "twice"),
        (b"[1.0]", "whole"),
        (b"[1e3]", "whole"),
        (b"[1E400]", "whole"),
        (b"[NaN]", "whole"),
        (b"[-Infinity]", "whole"),
        (b"[9007199254740992]", "beyond"),
        (b"[-9007199254740992]", "beyond"),
        (b"[" + b"9" * 5000 + b"]", "beyond"),
        (b"[-0]", "negative zero"),
        (b'["\\ud800"]', "surrogate"),
        (b'{"\\udc00": 1}', "surrogate"),
        (b'["\xed\xa0\x80"]', "UTF-8"),
        (b'["\xff"]', "UTF-8"),
        (b"\xef\xbb\xbf[]", "JSON"),
        (b"[] []", "JSON"),
        (b"[01]", "JSON"),
        (b'["\n"]', "JSON"),
        (b"", "JSON"),
    ],
)
def test_what_has_no_single_meaning_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(VerificationError, match=why):
        parse(text)


def test_a_document_is_as_deep_as_is_allowed_and_no_deeper() -> None:
    assert parse(b"[" * DEEPEST_NESTING + b"]" * DEEPEST_NESTING)
    with pytest.raises(VerificationError, match="deeper than 16"):
        parse(b'{"a":' * (DEEPEST_NESTING + 1) + b"1" + b"}" * (DEEPEST_NESTING + 1))


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"\\"[":'])
def test_endless_nesting_is_refused_before_it_is_followed(opening: bytes) -> None:
    with pytest.raises(VerificationError, match="deeper"):
        parse(opening * 100_000)


def test_brackets_in_strings_are_not_nesting() -> None:
    assert parse(b'["[[[[[[[[[[[[[[[[[[[[[[[[", "\\"{{{{{{{{{{{{{{{{{{{{{{", "\\\\"]')


@pytest.mark.parametrize(
    "text",
    [
        b'\\"' * 500_000,
        b'\\"' * 500_000 + b"\\",
        b'"' + b"\\" * 1_000_001,
        b'"' * 1_000_001,
        b"{" + b",".join(b'"%d":1' % number for number in range(90_000)) + b',"89999":2}',
        b"[" + b"1," * 500_000,
    ],
    ids=["escaped quotes", "then an escape", "escapes", "quotes", "one name twice", "no end"],
)
def test_a_large_text_made_to_be_slow_is_refused_as_fast_as_any(text: bytes) -> None:
    """Quadratic work on any of these would take minutes."""
    with pytest.raises(VerificationError):
        parse(text)


def test_a_document_is_as_large_as_is_allowed_and_no_larger() -> None:
    largest = b'"' + b"a" * (LARGEST_DOCUMENT_BYTES - 2) + b'"'
    assert len(str(parse(largest))) == LARGEST_DOCUMENT_BYTES - 2
    with pytest.raises(VerificationError, match="larger than 1048576 bytes"):
        parse(largest + b" ")

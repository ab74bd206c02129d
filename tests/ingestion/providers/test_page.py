import asyncio
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.providers.openai_page import OpenAIPage
from ingestion.providers.page import Origin, all_pages, decode, read
from ingestion.providers.protocol import UnreadableAnswerError
from tests.ingestion.providers.recorded import OPENAI_COMPLETIONS, Json
from tests.ingestion.providers.wire import replaced

ORIGIN = Origin("OpenAI", "organization/usage/completions")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"<html>",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"\xff\xfe",
        b'{"model": "gpt\\u0000"}',
        b'{"model": "\\ud800"}',
        b'{"a": ' + b"9" * 5_000 + b"}",
        b"[" * 200_000,
    ],
)
def test_what_cannot_be_stored_as_it_came_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableAnswerError) as refusal:
        decode(body, origin=ORIGIN)
    assert refusal.value.field == "body"


def test_text_of_any_language_is_kept() -> None:
    assert decode(b'{"model": "\\u00e9\\ud83d\\ude00"}', origin=ORIGIN) == {"model": "é😀"}


def test_the_sentence_names_the_field_and_quotes_no_value() -> None:
    page = replaced(OPENAI_COMPLETIONS, ("data", 0, "start_time"), "sk-admin-1234abcd")
    with pytest.raises(UnreadableAnswerError) as refusal:
        read(OpenAIPage, page, origin=ORIGIN)
    assert refusal.value.sentence == (
        "OpenAI answered organization/usage/completions in a way that CarbonLedger does not understand: data.[]."
        "start_time is not what is documented. Nothing of the answer was stored; the window is read again later."
    )
    assert refusal.value.__context__ is None


def test_a_list_without_end_is_refused() -> None:
    asked: list[str | None] = []

    async def ask(cursor: str | None) -> OpenAIPage:
        asked.append(cursor)
        page = {"object": "page", "data": [], "has_more": True, "next_page": f"page_{len(asked)}"}
        return read(OpenAIPage, page, origin=ORIGIN)

    with pytest.raises(UnreadableAnswerError, match="after 3 pages"):
        asyncio.run(all_pages(ask, origin=ORIGIN, cap=3))
    assert asked == [None, "page_1", "page_2"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(page=st.dictionaries(st.sampled_from(["object", "data", "has_more", "next_page"]), json_values))
def test_no_answer_raises_anything_but_a_refusal(page: Json) -> None:
    with suppress(UnreadableAnswerError):
        assert read(OpenAIPage, decode(json.dumps(page).encode(), origin=ORIGIN), origin=ORIGIN).object == "page"

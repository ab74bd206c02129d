"""Cursors name a place in one query, and nothing else."""

import base64
import json

import pytest
from fastapi import Request

from app.api.cursors import InvalidCursorError, cursor, page_of, place_of


def a_request(path: str = "/v1/things", query: str = "start=2026-11-01") -> Request:
    return Request(
        {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": [],
         "server": ("carbonledger.test", 80), "scheme": "http"}
    )  # fmt: skip


def test_a_cursor_gives_its_place_back_whatever_the_page_size() -> None:
    made = cursor(a_request(query="start=2026-11-01&limit=2"), ["2026-11-20T09:00:00+00:00", "abc"])
    again = a_request(query=f"limit=50&cursor={made}&start=2026-11-01")
    assert place_of(again, made, parts=2) == ["2026-11-20T09:00:00+00:00", "abc"]


@pytest.mark.parametrize(
    "given",
    [
        "",
        "!",
        "x",
        "é",
        base64.urlsafe_b64encode(b"{}").decode(),
        base64.urlsafe_b64encode(b"[1,2]").decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(json.dumps(["0" * 16, "1"]).encode()).decode(),
    ],
)
def test_what_is_no_cursor_is_refused(given: str) -> None:
    with pytest.raises(InvalidCursorError):
        place_of(a_request(), given, parts=1)


@pytest.mark.parametrize(
    "other", [a_request(path="/v1/others"), a_request(query="start=2026-11-02"), a_request(query="")]
)
def test_a_cursor_of_another_query_is_refused(other: Request) -> None:
    with pytest.raises(InvalidCursorError):
        place_of(other, cursor(a_request(), ["1"]), parts=1)


def test_a_place_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidCursorError):
        page_of([1, 2], a_request(), limit=1, after=cursor(a_request(), ["²"]), key=int)

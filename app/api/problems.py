"""Problem details (RFC 9457): every refusal is `application/problem+json`, and none repeats what was sent.

error of ours | HTTPException | RequestValidationError -> a body with type, title, status, detail, code, request_id
(and `errors`, one entry an unusable field, for input that does not fit).
"""

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from app.api.problem_types import CODE_OF_STATUS, FOR_THE_OPERATOR, PROBLEM_TYPES, problem_type
from core.errors import CarbonLedgerError, TransientError

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_SECONDS = 30  # where the error knows no better

_log = logging.getLogger("carbonledger.api")


class FieldProblem(BaseModel):
    location: str = Field(description="Where: `body.label`, `query.start`.", examples=["body.provider"])
    message: str = Field(description="What does not fit.", examples=["Field required"])


class Problem(BaseModel):
    """The body of every refusal (RFC 9457)."""

    type: str = Field(description="A page that says what this kind of problem means.")
    title: str = Field(description="The kind of problem, in a few words; the same each time.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened this time, and what to do.")
    code: str = Field(description="The last part of `type`; stable, for programs.")
    request_id: str = Field(description="The value of X-Request-Id; quote it when you ask for help.")
    errors: list[FieldProblem] | None = Field(default=None, description="For invalid input: one entry a field.")


def problem_response(
    request: Request,
    code: str,
    detail: str,
    *,
    status: int | None = None,
    errors: Sequence[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The answer for a code of the catalogue; `status` only where a code stands for several."""
    listed = PROBLEM_TYPES[code]
    return _answer(
        Problem(
            type=_type_url(request, code),
            title=listed.title,
            status=status or listed.status,
            detail=detail,
            code=code,
            request_id=request_id(request),
            errors=None if errors is None else list(errors),
        ),
        headers,
    )


def request_id(request: Request) -> str:
    identifier: str = request.scope["carbonledger.request_id"]
    return identifier


def install_problems(api: FastAPI) -> None:
    api.add_exception_handler(CarbonLedgerError, _own_error)
    api.add_exception_handler(psycopg.OperationalError, _lost_database)
    api.add_exception_handler(RequestValidationError, _validation_error)
    api.add_exception_handler(HTTPException, _http_error)


def error_response(request: Request, error: CarbonLedgerError) -> JSONResponse:
    """One of our errors as an answer. Its sentence is written for users, so it is the detail.

    But for those about this installation itself: they are for its operator (hosts, folders), so the log gets them.
    """
    listed = problem_type(error)
    is_for_the_operator = error.code in FOR_THE_OPERATOR
    if is_for_the_operator:
        _log.error("%s in request %s: %s", error.code, request_id(request), error.sentence)
    body = Problem(
        type=_type_url(request, error.code),
        title=listed.title,
        status=listed.status,
        detail=listed.meaning if is_for_the_operator else error.sentence,
        code=error.code,
        request_id=request_id(request),
    )
    return _answer(body, error_headers(error, listed.status))


def error_headers(error: CarbonLedgerError, status: int) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TransientError) or status == 429:
        wait = getattr(error, "retry_after", None)
        return {"Retry-After": str(math.ceil(wait.total_seconds()) if wait else _RETRY_AFTER_SECONDS)}
    return {}


async def _own_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CarbonLedgerError)  # noqa: S101 - registered for this class
    return error_response(request, error)


async def _lost_database(request: Request, error: Exception) -> JSONResponse:
    """The server went away, or gave up on the statement, in the middle of a request."""
    _log.error("the database failed with %s in request %s", type(error).__qualname__, request_id(request))
    code = "database-unavailable"
    headers = {"Retry-After": str(_RETRY_AFTER_SECONDS)}
    return problem_response(request, code, PROBLEM_TYPES[code].meaning, headers=headers)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    """Starlette's own refusals: no such path, no such method, a body that is too long or no JSON."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    code = CODE_OF_STATUS.get(error.status_code, "permanent-error" if error.status_code < 500 else "internal-error")
    return problem_response(request, code, PROBLEM_TYPES[code].meaning, status=error.status_code, headers=error.headers)


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return problem_response(request, "unreadable-body", "The body is not valid JSON.")
    fields = [_field_problem(each) for each in found]
    named = ", ".join(dict.fromkeys(field.location for field in fields))
    return problem_response(request, "invalid-input", f"Correct {named} and send it again.", errors=fields)


def _field_problem(error: Mapping[str, Any]) -> FieldProblem:
    """pydantic's `input` and `ctx` stay behind: they repeat what was sent, and that may be a key.

    So does the name of a field that we do not know.
    """
    location = [str(part) for part in error["loc"]]
    if error["type"] == "extra_forbidden":
        return FieldProblem(location=".".join(location[:-1]), message="There is a field that is not known here")
    return FieldProblem(location=".".join(location), message=str(error["msg"]))


def type_url(public_url: str, code: str) -> str:
    return f"{public_url}/problems/{code}"


def _type_url(request: Request, code: str) -> str:
    return type_url(request.app.state.context.settings.public_url, code)


def _answer(problem: Problem, headers: Mapping[str, str] | None) -> JSONResponse:
    return JSONResponse(
        problem.model_dump(mode="json", exclude_none=True),
        status_code=problem.status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )

"""The OpenAPI document: what FastAPI derives, completed with what holds for every operation: problems and credentials.

python -m app.api.openapi > docs/openapi.json      renews the committed copy
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.accounts.principal import SESSION_COOKIE
from app.api.problem_types import PROBLEM_TYPES
from app.api.problems import MEDIA_TYPE, Problem
from app.api.telemetry_example import SUMMARY

_SCHEMES = {
    "api_key": {"type": "http", "scheme": "bearer", "description": "An API key: `Authorization: Bearer cl_live_…`."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "The dashboard's cookie. Writes have to come from the dashboard's origin.",
    },
}
_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def operation_id(route: APIRoute) -> str:
    """The function's name: clients call their methods by it, so it stays when a path moves."""
    return route.name


def describe(api: FastAPI) -> None:
    """Serve the completed document under /openapi.json."""
    derive = api.openapi

    def complete() -> dict[str, Any]:
        if api.openapi_schema is None:
            api.openapi_schema = _completed(derive())
        return api.openapi_schema

    api.openapi = complete  # type: ignore[method-assign] # the way that FastAPI documents for extending it


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of each operation of the document."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def as_text(document: dict[str, Any]) -> str:
    """The document as the committed copy holds it."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document["components"]["schemas"]
    for derived in ("HTTPValidationError", "ValidationError"):
        schemas.pop(derived, None)  # never sent: see problems.py
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs")
    schemas["Problem"] = problem
    schemas["SummaryBody"]["examples"] = [SUMMARY]  # here, because FastAPI drops the nulls of an example
    document["components"]["securitySchemes"] = _SCHEMES
    for _method, path, operation in operations(document):
        is_secured = path.startswith("/v1/")
        if is_secured:
            operation["security"] = [{"api_key": []}, {"session": []}]
        operation["responses"].pop("422", None)
        for status in _refusals(path, operation, is_secured=is_secured):
            titles = sorted({listed.title for listed in PROBLEM_TYPES.values() if listed.status == status})
            operation["responses"].setdefault(str(status), {"description": ", or ".join(titles), **_PROBLEM})
        operation["responses"]["default"] = {"description": "Any other problem", **_PROBLEM}
    return document


def _refusals(path: str, operation: dict[str, Any], *, is_secured: bool) -> list[int]:
    """The statuses that an operation of this form may refuse with."""
    statuses = [401, 403] if is_secured else []
    if "{" in path:
        statuses.append(404)
    if "requestBody" in operation:
        statuses += [400, 413]
    if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ())):
        statuses.append(409)
    if operation.get("parameters") or "requestBody" in operation:
        statuses.append(422)
    return statuses


def _main() -> None:
    from app.api.application import document_of_checkout  # noqa: PLC0415 - application imports this module

    sys.stdout.write(as_text(document_of_checkout()))


if __name__ == "__main__":
    _main()

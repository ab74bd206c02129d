"""/docs: the API reference as one page, made from the OpenAPI document. No scripts and nothing from elsewhere, so it
works offline and under the strict content security policy."""

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.api.openapi import operations

router = APIRouter(include_in_schema=False)

_STYLE = (
    ":root{color-scheme:light dark}a{color:light-dark(#0b6e4f,#6fc7a3)}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;"
    "background:light-dark(#fbfaf6,#0f1713);color:light-dark(#17201b,#e8efeb)}"
    "h2{margin:2rem 0 .25rem;font-size:1.1rem}"
    "code{background:light-dark(#f2f0e8,#1e2a24);overflow-wrap:anywhere;padding:.1rem .3rem;border-radius:.2rem}"
    "td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}"
)
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}


@router.get("/docs")
def reference_page(request: Request) -> HTMLResponse:
    document = request.app.openapi()
    sections = "".join(_section(method, path, operation) for method, path, operation in operations(document))
    return HTMLResponse(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>CarbonLedger API</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>CarbonLedger API</h1>"
        '<p>Authorize with <code>Authorization: Bearer cl_live_…</code>. For machines: <a href="/openapi.json">'
        'openapi.json</a>. Refusals are <a href="/problems">problem details</a>.</p>'
        f"{sections}</main></body></html>\n",
        headers=_HEADERS,
    )


def _section(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(_parameter(parameter) for parameter in operation.get("parameters", ()))
    table = f"<table><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr>{rows}</table>" if rows else ""
    answers = ", ".join(f"{status}" for status in operation["responses"] if status != "default")
    said = escape(operation.get("description", operation["summary"]))
    title = f"<code>{method.upper()} {escape(path)}</code>"
    return f"<section><h2>{title}</h2><p>{said}</p>{table}<p>Answers: {answers}.</p></section>"


def _parameter(parameter: dict[str, Any]) -> str:
    name, meaning = escape(parameter["name"]), escape(parameter.get("description", ""))
    return f"<tr><td><code>{name}</code></td><td>{parameter['in']}</td><td>{meaning}</td></tr>"

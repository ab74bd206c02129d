"""The pages behind problem type URLs: what a kind of problem means."""

from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.api.problem_types import PROBLEM_TYPES
from core.errors import NotFoundError

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} · CarbonLedger</title></head>
<body><main><h1>{title}</h1><p>{meaning}</p>
<p>HTTP status {status}, code <code>{code}</code>. All problems: <a href="/problems">list</a>.</p></main></body></html>
"""


@router.get("/problems/{code}")
def problem_page(code: str) -> HTMLResponse:
    listed = PROBLEM_TYPES.get(code)
    if listed is None:
        raise NotFoundError("There is no such kind of problem; /problems lists them.")
    return HTMLResponse(
        _PAGE.format(title=escape(listed.title), meaning=escape(listed.meaning), status=listed.status, code=code)
    )


@router.get("/problems")
def problem_list() -> HTMLResponse:
    items = "".join(
        f'<li><a href="/problems/{code}">{escape(listed.title)}</a> ({listed.status})</li>'
        for code, listed in sorted(PROBLEM_TYPES.items())
    )
    return HTMLResponse(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Problems · CarbonLedger</title></head>'
        f"<body><main><h1>Problems</h1><ul>{items}</ul></main></body></html>\n"
    )

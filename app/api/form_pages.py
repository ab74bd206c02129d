"""Pages with forms: at one address a page, a form, and JSON; a refused form is the page again, with the reason."""

from collections.abc import Callable

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from app.accounts.pages import PAGE_HEADERS, page
from app.api.dependencies import check_origin
from app.api.problem_types import problem_type
from app.api.problems import error_headers
from app.context import ServerContext
from core.errors import CarbonLedgerError

_FORM = "application/x-www-form-urlencoded"


class PageRoute(APIRoute):
    """Takes a POST if it carries a form; JSON sent to the same address is for another router."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        content_type = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
        if scope["method"] == "POST" and content_type.partition(";")[0].strip().lower() != _FORM:
            return Match.NONE, {}
        return super().matches(scope)


def carry_out(
    act: Callable[[], Response], request: Request, context: ServerContext, template: str, **facts: object
) -> Response:
    """The act's answer; if it is refused, the template with `facts` and the reason as `problem`."""
    try:
        check_origin(request, context.settings)
        return act()
    except CarbonLedgerError as error:
        status = problem_type(error).status
        response = page_response(template, status=status, problem=error.sentence, **facts)
        response.headers.update(error_headers(error, status))
        return response


def page_response(template: str, *, status: int = 200, problem: str | None = None, **facts: object) -> HTMLResponse:
    return HTMLResponse(page(template, problem=problem, **facts), status_code=status, headers=PAGE_HEADERS)

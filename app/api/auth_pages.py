"""The sign-in pages: forms that work without scripts, at the same addresses as the JSON of `auth.py`.

GET -> a page. POST of a form -> the act of `app.accounts` -> 303 with the cookie, or the page again with a sentence.
"""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import SecretStr

from app.accounts.accept_invitation import OpenInvitation, accept_invitation, open_invitation
from app.accounts.errors import NotAuthenticatedError, UnusableTokenError
from app.accounts.me import who_am_i
from app.accounts.password_reset import confirm_password_reset, password_reset_is_open, request_password_reset
from app.accounts.passwords import SHORTEST_PASSWORD
from app.accounts.principal import SESSION_COOKIE, Principal, authenticate
from app.accounts.sessions import Session, log_in, log_out, switch_organization
from app.accounts.sign_up import sign_up
from app.api.auth import Address
from app.api.cookies import clear_session_cookie, replace_session
from app.api.dependencies import Context, Now
from app.api.form_pages import PageRoute, carry_out, page_response
from app.api.public_ids import key_or_not_found
from app.context import ServerContext
from core.ids import public_id

_LOCAL_PATH = re.compile(r"/[a-z0-9-]*(\?[A-Za-z0-9_.=&%+-]*)?")
_NOTICES = {
    "password-set": "Your new password is set. Log in with it.",
    "logged-out": "You are logged out.",
}
_EMPTY = SecretStr("")

Text = Annotated[str, Form()]
Secret = Annotated[SecretStr, Form()]
NextPath = Annotated[str, Form(alias="next")]


router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/auth/login")
def login_page(
    request: Request,
    context: Context,
    notice: str = "",
    next_path: Annotated[str, Query(alias="next")] = "/",
) -> Response:
    if _is_signed_in(request, context):
        return RedirectResponse(_local(next_path), status_code=303)
    return page_response("login.html", email="", next=_local(next_path), notice=_NOTICES.get(notice))


@router.post("/auth/login")
def login_form(
    request: Request,
    context: Context,
    address: Address,
    *,
    email: Text = "",
    password: Secret = _EMPTY,
    next_path: NextPath = "/",
) -> Response:
    def act() -> Response:
        session = log_in(
            context.database,
            email=email,
            password=password,
            address=address,
            memory_mib=context.settings.password_memory_mib,
            now=context.clock.now(),
        )
        return _enter(session, request, context, path=_local(next_path))

    return carry_out(act, request, context, "login.html", email=email, next=_local(next_path), notice=None)


@router.get("/auth/signup")
def signup_page(request: Request, context: Context) -> Response:
    if _is_signed_in(request, context):
        return RedirectResponse("/", status_code=303)
    return page_response("signup.html", email="", organization="", shortest_password=SHORTEST_PASSWORD)


@router.post("/auth/signup")
def signup_form(
    request: Request,
    context: Context,
    address: Address,
    *,
    email: Text = "",
    password: Secret = _EMPTY,
    organization: Text = "",
) -> Response:
    def act() -> Response:
        session = sign_up(
            context.database,
            email=email,
            password=password,
            organization=organization,
            address=address,
            memory_mib=context.settings.password_memory_mib,
            now=context.clock.now(),
        )
        return _enter(session, request, context, path="/")

    facts = {"email": email, "organization": organization, "shortest_password": SHORTEST_PASSWORD}
    return carry_out(act, request, context, "signup.html", **facts)


@router.get("/auth/logout")
def logout_page() -> Response:
    return page_response("logout.html")


@router.post("/auth/logout")
def logout_form(request: Request, context: Context) -> Response:
    def act() -> Response:
        log_out(context.database, cookie=request.cookies.get(SESSION_COOKIE), now=context.clock.now())
        response = RedirectResponse("/auth/login?notice=logged-out", status_code=303)
        clear_session_cookie(response, context.settings)
        return response

    return carry_out(act, request, context, "logout.html")


@router.get("/auth/reset")
def reset_page(context: Context, now: Now, token: str = "") -> Response:
    """Without a token: where to send the link. With one: the new password."""
    if not token:
        return page_response("reset.html", email="")
    is_open = password_reset_is_open(context.database, token=token, now=now)
    return page_response(
        "reset_confirm.html",
        token=token,
        is_open=is_open,
        shortest_password=SHORTEST_PASSWORD,
        problem=None if is_open else UnusableTokenError().sentence,
    )


@router.post("/auth/password-reset")
def reset_form(request: Request, context: Context, address: Address, *, email: Text = "") -> Response:
    def act() -> Response:
        request_password_reset(
            context.database,
            email=email,
            address=address,
            public_url=context.settings.public_url,
            now=context.clock.now(),
        )
        return page_response("reset_sent.html", sends_mail=context.settings.smtp_url is not None)

    return carry_out(act, request, context, "reset.html", email=email)


@router.post("/auth/password-reset/confirm")
def reset_confirm_form(
    request: Request, context: Context, address: Address, *, token: Text = "", password: Secret = _EMPTY
) -> Response:
    def act() -> Response:
        confirm_password_reset(
            context.database,
            token=token,
            password=password,
            address=address,
            memory_mib=context.settings.password_memory_mib,
            now=context.clock.now(),
        )
        response = RedirectResponse("/auth/login?notice=password-set", status_code=303)
        clear_session_cookie(response, context.settings)
        return response

    is_open = password_reset_is_open(context.database, token=token, now=context.clock.now())
    facts = {"token": token, "is_open": is_open, "shortest_password": SHORTEST_PASSWORD}
    return carry_out(act, request, context, "reset_confirm.html", **facts)


@router.get("/auth/invitation")
def invitation_page(context: Context, token: str = "") -> Response:
    invitation = _invitation(context, token)
    problem = None if invitation else UnusableTokenError().sentence
    return page_response(
        "invitation.html", token=token, invitation=invitation, shortest_password=SHORTEST_PASSWORD, problem=problem
    )


@router.post("/auth/accept-invitation")
def invitation_form(
    request: Request, context: Context, address: Address, *, token: Text = "", password: Secret = _EMPTY
) -> Response:
    def act() -> Response:
        session = accept_invitation(
            context.database,
            token=token,
            password=password,
            address=address,
            memory_mib=context.settings.password_memory_mib,
            now=context.clock.now(),
        )
        return _enter(session, request, context, path="/")

    facts = {"token": token, "invitation": _invitation(context, token), "shortest_password": SHORTEST_PASSWORD}
    return carry_out(act, request, context, "invitation.html", **facts)


@router.get("/auth/organizations")
def organizations_page(request: Request, context: Context) -> Response:
    if not _is_signed_in(request, context):
        return RedirectResponse("/auth/login", status_code=303)
    return page_response("organizations.html", organizations=_organizations(request, context))


@router.post("/auth/switch-organization")
def switch_form(request: Request, context: Context, *, organization: Text = "") -> Response:
    if not _is_signed_in(request, context):
        return RedirectResponse("/auth/login", status_code=303)

    def act() -> Response:
        org_id = key_or_not_found("org", organization)
        cookie = request.cookies[SESSION_COOKIE]
        switch_organization(context.database, cookie=cookie, org_id=org_id, now=context.clock.now())
        return RedirectResponse("/", status_code=303)

    organizations = _organizations(request, context)
    return carry_out(act, request, context, "organizations.html", organizations=organizations)


def _enter(session: Session, request: Request, context: ServerContext, *, path: str) -> Response:
    response = RedirectResponse(path, status_code=303)
    replace_session(session, request, response, context)
    return response


def _is_signed_in(request: Request, context: ServerContext) -> bool:
    try:
        _person(request, context)
    except NotAuthenticatedError:
        return False
    return True


def _person(request: Request, context: ServerContext) -> Principal:
    cookie = request.cookies.get(SESSION_COOKIE)
    return authenticate(context.database, authorization=None, cookie=cookie, now=context.clock.now())


def _organizations(request: Request, context: ServerContext) -> list[dict[str, object]]:
    me = who_am_i(context.database, _person(request, context))
    return [
        {
            "id": public_id("org", each.org_id),
            "name": each.name,
            "role": each.role,
            "is_present": each.org_id == me.principal.org_id,
        }
        for each in me.organizations
    ]


def _invitation(context: ServerContext, token: str) -> OpenInvitation | None:
    try:
        return open_invitation(context.database, token=token, now=context.clock.now())
    except UnusableTokenError:
        return None


def _local(path: str) -> str:
    """A path of this server, as the dashboard's pages have them, with its query; for anything else the start page."""
    return path if _LOCAL_PATH.fullmatch(path) else "/"

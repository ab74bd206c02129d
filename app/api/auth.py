"""Sign-up, log-in and the rest of /auth, for programs that speak JSON. Browsers without scripts: `auth_pages.py`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.accounts.accept_invitation import accept_invitation
from app.accounts.me import who_am_i
from app.accounts.password_reset import confirm_password_reset, request_password_reset
from app.accounts.principal import SESSION_COOKIE, Principal, authenticate
from app.accounts.sessions import Session, log_in, log_out, switch_organization
from app.accounts.sign_up import sign_up
from app.api.auth_answers import MeAnswer
from app.api.cookies import clear_session_cookie, replace_session
from app.api.dependencies import Context, Now, check_origin, principal_of
from app.api.public_ids import key_or_not_found
from app.context import ServerContext


def from_our_pages(request: Request, context: Context) -> None:
    """/auth answers before it knows who asks, so it looks where a browser's write comes from by itself."""
    check_origin(request, context.settings)


def client_address(request: Request) -> str:
    """The peer as the ASGI server sees it (behind a proxy, what the proxy was trusted to say)."""
    return request.client.host if request.client is not None else "unknown"


Address = Annotated[str, Depends(client_address)]
router = APIRouter(tags=["auth"], dependencies=[Depends(from_our_pages)])


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignUpInput(_Input):
    email: str
    password: SecretStr = Field(description="At least 10 characters, and not one that everybody would guess.")
    organization: str = Field(description="Name of the organization that is made with its default project.")


class LogInInput(_Input):
    email: str
    password: SecretStr


class PasswordResetInput(_Input):
    email: str


class LinkInput(_Input):
    token: SecretStr = Field(description="The token of the link in the mail.")
    password: SecretStr


class SwitchInput(_Input):
    organization: str = Field(examples=["org_1"])


@router.post("/auth/signup", status_code=201)
def sign_up_with_email(
    given: SignUpInput, request: Request, response: Response, context: Context, address: Address, now: Now
) -> MeAnswer:
    """Make an organization and its owner. Sets the session's cookie."""
    session = sign_up(
        context.database,
        email=given.email,
        password=given.password,
        organization=given.organization,
        address=address,
        memory_mib=context.settings.password_memory_mib,
        now=now,
    )
    return _welcome(session, request, response, context)


@router.post("/auth/login")
def log_in_with_password(
    given: LogInInput, request: Request, response: Response, context: Context, address: Address, now: Now
) -> MeAnswer:
    """Sets the cookie of a new session; the one that the request brought along ends."""
    session = log_in(
        context.database,
        email=given.email,
        password=given.password,
        address=address,
        memory_mib=context.settings.password_memory_mib,
        now=now,
    )
    return _welcome(session, request, response, context)


@router.post("/auth/logout", status_code=204)
def log_out_of_session(request: Request, response: Response, context: Context, now: Now) -> None:
    """End the session and clear its cookie. Without a session there is nothing to do."""
    log_out(context.database, cookie=request.cookies.get(SESSION_COOKIE), now=now)
    clear_session_cookie(response, context.settings)


@router.post("/auth/password-reset", status_code=202)
def ask_for_password_reset(given: PasswordResetInput, context: Context, address: Address, now: Now) -> None:
    """Mail a link, if there is an account with this e-mail. The answer is the same if there is none."""
    request_password_reset(
        context.database, email=given.email, address=address, public_url=context.settings.public_url, now=now
    )


@router.post("/auth/password-reset/confirm", status_code=204)
def set_password_by_link(given: LinkInput, context: Context, address: Address, now: Now) -> None:
    """Set the password. All sessions of the person end."""
    confirm_password_reset(
        context.database,
        token=given.token.get_secret_value(),
        password=given.password,
        address=address,
        memory_mib=context.settings.password_memory_mib,
        now=now,
    )


@router.post("/auth/accept-invitation")
def accept_invitation_by_link(
    given: LinkInput, request: Request, response: Response, context: Context, address: Address, now: Now
) -> MeAnswer:
    """Become a member. `password` is the account's, or a new one where the e-mail has no account. Sets the cookie."""
    session = accept_invitation(
        context.database,
        token=given.token.get_secret_value(),
        password=given.password,
        address=address,
        memory_mib=context.settings.password_memory_mib,
        now=now,
    )
    return _welcome(session, request, response, context)


@router.post("/auth/switch-organization")
def switch_to_organization(given: SwitchInput, request: Request, context: Context, now: Now) -> MeAnswer:
    """Move this session to another organization of the same person."""
    cookie = request.cookies.get(SESSION_COOKIE, "")
    authenticate(context.database, authorization=None, cookie=cookie, now=now)
    org_id = key_or_not_found("org", given.organization)
    switch_organization(context.database, cookie=cookie, org_id=org_id, now=now)
    principal = authenticate(context.database, authorization=None, cookie=cookie, now=now)
    return MeAnswer.of(who_am_i(context.database, principal))


@router.get("/v1/me")
def get_me(context: Context, principal: Annotated[Principal, Depends(principal_of)]) -> MeAnswer:
    """Who asks, in which organization, and what they may do."""
    return MeAnswer.of(who_am_i(context.database, principal))


def _welcome(session: Session, request: Request, response: Response, context: ServerContext) -> MeAnswer:
    replace_session(session, request, response, context)
    now = context.clock.now()
    principal = authenticate(context.database, authorization=None, cookie=session.token, now=now)
    return MeAnswer.of(who_am_i(context.database, principal))

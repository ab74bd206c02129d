"""/v1/me and below: what a person settles for themselves. GET /v1/me is in auth.py. API keys are refused."""

from typing import Annotated, Self

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from app.accounts.me import who_am_i
from app.accounts.person import (
    SessionView,
    change_display_name,
    change_password,
    end_other_sessions,
    list_sessions,
)
from app.accounts.principal import SESSION_COOKIE, Principal
from app.api.auth_answers import MeAnswer
from app.api.dependencies import Context, Now, principal_of
from app.api.idempotency import IdempotentRoute
from core.ids import public_id

router = APIRouter(prefix="/v1/me", tags=["me"], route_class=IdempotentRoute)

Asking = Annotated[Principal, Depends(principal_of)]


class ProfileChange(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    display_name: str | None = Field(description="1 to 80 characters on one line; null: the e-mail alone.")


class PasswordChange(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    present_password: SecretStr
    new_password: SecretStr = Field(description="At least 10 characters, and not one that everybody would guess.")


class SessionAnswer(BaseModel):
    organization_id: str = Field(examples=["org_1"])
    organization: str
    started_at: AwareDatetime
    ends_at: AwareDatetime = Field(description="Unless it is used before.")
    is_this: bool = Field(description="Whether it is the session that asks.")

    @classmethod
    def of(cls, view: SessionView) -> Self:
        return cls(
            organization_id=public_id("org", view.org_id),
            organization=view.organization,
            started_at=view.created_at,
            ends_at=view.expires_at,
            is_this=view.is_this,
        )


class SessionList(BaseModel):
    data: list[SessionAnswer]


@router.patch("")
def change_me(change: ProfileChange, context: Context, principal: Asking) -> MeAnswer:
    """Set or take away the display name."""
    change_display_name(context.database, principal, change.display_name)
    return MeAnswer.of(who_am_i(context.database, principal))


@router.post("/password", status_code=204)
def change_my_password(change: PasswordChange, request: Request, context: Context, principal: Asking, now: Now) -> None:
    """Set a new password by the present one. This session stays, all others of the person end."""
    change_password(
        context.database,
        principal,
        present=change.present_password,
        wanted=change.new_password,
        cookie=request.cookies.get(SESSION_COOKIE),
        memory_mib=context.settings.password_memory_mib,
        now=now,
    )


@router.get("/sessions")
def list_my_sessions(request: Request, context: Context, principal: Asking, now: Now) -> SessionList:
    """Where the person is signed in, newest first."""
    views = list_sessions(context.database, principal, cookie=request.cookies.get(SESSION_COOKIE), now=now)
    return SessionList(data=[SessionAnswer.of(view) for view in views])


@router.delete("/sessions", status_code=204)
def end_my_other_sessions(request: Request, context: Context, principal: Asking, now: Now) -> None:
    """Sign the person out everywhere but here."""
    end_other_sessions(context.database, principal, cookie=request.cookies.get(SESSION_COOKIE), now=now)

"""/v1/members and /v1/invitations: who belongs to the organization, and who is asked to."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.accounts.invitations import InvitationView, invite, list_invitations, withdraw_invitation
from app.accounts.members import MemberView, change_role, list_members, remove_member
from app.accounts.permissions import Role
from app.accounts.principal import Principal
from app.api.dependencies import Context, Now, allowed, principal_of
from app.api.idempotency import IdempotentRoute
from app.api.public_ids import key_or_not_found
from core.ids import public_id

router = APIRouter(tags=["members"], route_class=IdempotentRoute)


class MemberAnswer(BaseModel):
    id: str = Field(examples=["user_1"])
    email: str
    display_name: str | None = Field(description="As the person gave it; null: the e-mail alone.")
    role: Role
    joined_at: AwareDatetime

    @classmethod
    def of(cls, view: MemberView) -> Self:
        return cls(
            id=public_id("user", view.user_id),
            email=view.email,
            display_name=view.display_name,
            role=view.role,
            joined_at=view.created_at,
        )


class MemberList(BaseModel):
    data: list[MemberAnswer]


class RoleInput(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role


class InvitationInput(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    email: str
    role: Literal["admin", "member", "viewer"]


class InvitationAnswer(BaseModel):
    id: str = Field(examples=["inv_1"])
    email: str
    role: Role
    created_at: AwareDatetime
    expires_at: AwareDatetime

    @classmethod
    def of(cls, view: InvitationView) -> Self:
        return cls(
            id=public_id("inv", view.id),
            email=view.email,
            role=view.role,
            created_at=view.created_at,
            expires_at=view.expires_at,
        )


class InvitationList(BaseModel):
    data: list[InvitationAnswer]


@router.get("/v1/members")
def get_members(context: Context, principal: Annotated[Principal, allowed("members:read")]) -> MemberList:
    """In the order in which they joined."""
    return MemberList(data=[MemberAnswer.of(view) for view in list_members(context.database, principal)])


@router.patch("/v1/members/{member_id}")
def change_member_role(
    member_id: str,
    given: RoleInput,
    context: Context,
    principal: Annotated[Principal, allowed("members:write")],
    now: Now,
) -> MemberAnswer:
    """Change a role. An admin can neither make nor unmake an owner; the last owner stays one. API keys that the member
    made and that may more than the new role stop working."""
    user_id = key_or_not_found("user", member_id)
    return MemberAnswer.of(change_role(context.database, principal, user_id, role=given.role, now=now))


@router.delete("/v1/members/{member_id}", status_code=204)
def delete_member(
    member_id: str, context: Context, principal: Annotated[Principal, Depends(principal_of)], now: Now
) -> None:
    """Remove a member, or leave: their sessions here end, and the API keys that they made stop working."""
    remove_member(context.database, principal, key_or_not_found("user", member_id), now=now)


@router.post("/v1/invitations", status_code=201)
def make_invitation(
    given: InvitationInput,
    context: Context,
    principal: Annotated[Principal, allowed("members:write")],
    now: Now,
) -> InvitationAnswer:
    """Mail a link that makes its receiver a member. An earlier open link to the same e-mail stops working."""
    view = invite(
        context.database,
        principal,
        email=given.email,
        role=given.role,
        public_url=context.settings.public_url,
        now=now,
    )
    return InvitationAnswer.of(view)


@router.get("/v1/invitations")
def get_invitations(
    context: Context, principal: Annotated[Principal, allowed("members:write")], now: Now
) -> InvitationList:
    """Those that can still be accepted."""
    views = list_invitations(context.database, principal, now=now)
    return InvitationList(data=[InvitationAnswer.of(view) for view in views])


@router.delete("/v1/invitations/{invitation_id}", status_code=204)
def delete_invitation(
    invitation_id: str, context: Context, principal: Annotated[Principal, allowed("members:write")], now: Now
) -> None:
    """Withdraw an invitation; its link stops working."""
    withdraw_invitation(context.database, principal, key_or_not_found("inv", invitation_id), now=now)

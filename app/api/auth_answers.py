"""What /v1/me, sign-up and log-in answer: who asks, for which organization, and what they may do there."""

from typing import Self

from pydantic import BaseModel, Field

from app.accounts.me import Me, OrganizationView
from app.accounts.permissions import Act, Role, Scope
from core.ids import public_id


class UserAnswer(BaseModel):
    id: str = Field(examples=["user_1"])
    email: str
    display_name: str | None = Field(description="Beside the e-mail; null: there is none.")


class OrganizationAnswer(BaseModel):
    id: str = Field(examples=["org_1"])
    name: str
    tier: str
    role: Role | None = Field(description="The person's role there; null for an API key.")

    @classmethod
    def of(cls, view: OrganizationView) -> Self:
        return cls(id=public_id("org", view.org_id), name=view.name, tier=view.tier, role=view.role)


class MeAnswer(BaseModel):
    user: UserAnswer | None = Field(description="The person; null for an API key.")
    api_key_id: str | None = Field(description="The API key; null for a person.", examples=["key_1"])
    organization: OrganizationAnswer
    role: Role | None
    scopes: list[Scope]
    permissions: list[Act] = Field(description="What this person or key may do.")
    organizations: list[OrganizationAnswer] = Field(description="Where the person is a member, by name.")

    @classmethod
    def of(cls, me: Me) -> Self:
        principal = me.principal
        user = None
        if principal.user_id is not None and me.email is not None:
            user = UserAnswer(id=public_id("user", principal.user_id), email=me.email, display_name=me.display_name)
        key = principal.api_key_id
        return cls(
            user=user,
            api_key_id=None if key is None else public_id("key", key),
            organization=OrganizationAnswer.of(me.organization),
            role=principal.role,
            scopes=sorted(principal.scopes),
            permissions=sorted(me.acts),
            organizations=[OrganizationAnswer.of(each) for each in me.organizations],
        )

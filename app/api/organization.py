"""/v1/organization: the organization that asks, and the name that its receipts are made out to."""

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.accounts.delete_organization import delete_organization
from app.accounts.legal_names import OrganizationNames, change_legal_name, read_names
from app.accounts.principal import Principal
from app.api.dependencies import Context, Now, allowed
from app.api.idempotency import IdempotentRoute
from core.ids import public_id

router = APIRouter(prefix="/v1/organization", tags=["organization"], route_class=IdempotentRoute)


class OrganizationChange(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    legal_name: str | None = Field(
        description="1 to 200 characters, normalised to NFC, without control characters and overrides of the direction "
        "of writing; it does not begin with = + - or @. null: the organization's name.",
        examples=["Acme Carbon GmbH"],
    )


class OrganizationDeletion(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="The organization's name, typed once more.", max_length=500)
    password: SecretStr = Field(description="Of the owner who asks.")


class OrganizationBody(BaseModel):
    id: str = Field(examples=["org_1"])
    name: str
    legal_name: str | None = Field(description="What receipts print; null: they print `name`.")

    @classmethod
    def of(cls, names: OrganizationNames) -> Self:
        return cls(id=public_id("org", names.org_id), name=names.name, legal_name=names.legal_name)


@router.get("")
def read_organization(context: Context, principal: Annotated[Principal, allowed("billing:read")]) -> OrganizationBody:
    """Its names."""
    return OrganizationBody.of(read_names(context.database, principal))


@router.patch("")
def change_organization(
    change: OrganizationChange,
    context: Context,
    principal: Annotated[Principal, allowed("billing:write")],
    now: Now,
) -> OrganizationBody:
    """Set the name that receipts are made out to, from the next one on. Owners and admins."""
    return OrganizationBody.of(change_legal_name(context.database, principal, change.legal_name, now=now))


@router.delete("", status_code=202)
def erase_organization(
    deletion: OrganizationDeletion,
    context: Context,
    principal: Annotated[Principal, allowed("organization:delete")],
    now: Now,
) -> None:
    """Delete the organization: people, labels, payloads and secrets are erased within minutes, the ledger stays without
    names. At once all sessions and API keys end and nothing is polled. Owners only; there is no way back. Refused while
    there is a paid plan, a paid period that is not closed, or a receipt that is not issued.
    """
    delete_organization(context, principal, password=deletion.password, name=deletion.name, now=now)

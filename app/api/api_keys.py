"""/v1/api-keys: make, list, revoke. The key itself is in the answer of the POST and nowhere else."""

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.accounts.api_keys import ApiKeyView, create_api_key, list_api_keys, revoke_api_key
from app.accounts.permissions import Scope
from app.accounts.principal import Principal
from app.api.dependencies import Context, Now, allowed
from app.api.idempotency import SecretReplyRoute
from app.api.public_ids import key_or_not_found
from core.ids import public_id

router = APIRouter(tags=["api keys"], route_class=SecretReplyRoute)


class ApiKeyInput(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="1 to 80 characters, to tell keys apart.")
    scopes: list[Scope] = Field(description="What the key may do: `read`, `write`, or both.")
    expires_at: AwareDatetime | None = Field(default=None, description="The key stops working then; null: never.")


class ApiKeyAnswer(BaseModel):
    id: str = Field(examples=["key_1"])
    name: str
    hint: str = Field(description="The last four characters of the key.")
    scopes: list[Scope]
    created_by: str | None = Field(examples=["user_1"])
    created_at: AwareDatetime
    expires_at: AwareDatetime | None
    last_used_at: AwareDatetime | None = Field(description="To the minute.")

    @classmethod
    def of(cls, view: ApiKeyView) -> Self:
        return cls(
            id=public_id("key", view.id),
            name=view.name,
            hint=view.hint,
            scopes=view.scopes,
            created_by=None if view.created_by is None else public_id("user", view.created_by),
            created_at=view.created_at,
            expires_at=view.expires_at,
            last_used_at=view.last_used_at,
        )


class NewApiKeyAnswer(ApiKeyAnswer):
    key: str = Field(description="The key: `cl_live_…`. Shown this once.")


class ApiKeyList(BaseModel):
    data: list[ApiKeyAnswer]


@router.post("/v1/api-keys", status_code=201)
def make_api_key(
    given: ApiKeyInput, context: Context, principal: Annotated[Principal, allowed("api_keys:write")], now: Now
) -> NewApiKeyAnswer:
    """Make a key. Takes a person; keys cannot make keys."""
    view, key = create_api_key(
        context.database, principal, name=given.name, scopes=given.scopes, expires_at=given.expires_at, now=now
    )
    return NewApiKeyAnswer(**ApiKeyAnswer.of(view).model_dump(), key=key)


@router.get("/v1/api-keys")
def get_api_keys(context: Context, principal: Annotated[Principal, allowed("api_keys:read")]) -> ApiKeyList:
    """The keys that are not revoked, oldest first."""
    return ApiKeyList(data=[ApiKeyAnswer.of(view) for view in list_api_keys(context.database, principal)])


@router.delete("/v1/api-keys/{api_key_id}", status_code=204)
def delete_api_key(
    api_key_id: str, context: Context, principal: Annotated[Principal, allowed("api_keys:write")], now: Now
) -> None:
    """Revoke the key; it stops working at once."""
    revoke_api_key(context.database, principal, key_or_not_found("key", api_key_id), now=now)

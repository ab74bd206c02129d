"""/v1/notification-targets: where the organization is told beside the app and its owners' mail."""

from typing import Annotated, Self

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from app.accounts.notification_targets import TargetView, add_target, list_targets, remove_target, try_target
from app.accounts.principal import Principal
from app.api.dependencies import Context, Now, allowed
from app.api.idempotency import IdempotentRoute
from app.api.public_ids import key_or_not_found
from core.ids import public_id
from core.target_urls import TargetKind

router = APIRouter(prefix="/v1/notification-targets", tags=["notification targets"], route_class=IdempotentRoute)

Writer = Annotated[Principal, allowed("notifications:write")]


class NewTarget(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    url: SecretStr = Field(
        description="An apprise URL: mailto(s)://, json(s):// (a webhook), slack://, discord://, workflows://"
        " (Microsoft Teams), ntfy(s):// or tgram://, with one recipient, at a public address. Kept in the secret store"
        " and never shown.",
    )
    label: str | None = Field(default=None, description="1 to 80 characters; null: what may be shown of the URL.")


class Target(BaseModel):
    id: str = Field(examples=["target_1"])
    kind: TargetKind
    label: str
    masked: str = Field(description="What may be shown of the URL.", examples=["jsons://hooks.example.com/…"])
    created_at: AwareDatetime
    last_tried_at: AwareDatetime | None = Field(description="When a message was last tried.")
    last_error_code: str | None = Field(description="Of that try; null: the message arrived.")

    @classmethod
    def of(cls, view: TargetView) -> Self:
        return cls(
            id=public_id("target", view.id),
            kind=view.kind,
            label=view.label,
            masked=view.masked,
            created_at=view.created_at,
            last_tried_at=view.last_tried_at,
            last_error_code=view.last_error_code,
        )


class TargetList(BaseModel):
    data: list[Target]


class TargetTrial(BaseModel):
    delivered: bool = Field(description="Whether the receiving server took the message.")
    error_code: str | None = Field(examples=["not-delivered"])
    sentence: str = Field(description="What came of it, and what to do.")


@router.get("")
def list_notification_targets(context: Context, principal: Writer) -> TargetList:
    """The targets, oldest first. Owners and admins."""
    return TargetList(data=[Target.of(view) for view in list_targets(context, principal)])


@router.post("", status_code=201)
def add_notification_target(
    new: NewTarget, context: Context, principal: Writer, now: Now, response: Response
) -> Target:
    """Add a target: what owners are told goes there too, from now on."""
    target = Target.of(add_target(context, principal, url=new.url, label=new.label, now=now))
    response.headers["Location"] = f"/v1/notification-targets/{target.id}"
    return target


@router.delete("/{target_id}", status_code=204)
def remove_notification_target(target_id: str, context: Context, principal: Writer, now: Now) -> None:
    """Remove the target and its secret; what still waits for it is not sent."""
    remove_target(context, principal, key_or_not_found("target", target_id), now=now)


@router.post("/{target_id}/test")
def test_notification_target(target_id: str, context: Context, principal: Writer, now: Now) -> TargetTrial:
    """Send a message there now and say whether the receiving server took it."""
    error = try_target(context, principal, key_or_not_found("target", target_id), now=now)
    return TargetTrial(
        delivered=error is None,
        error_code=None if error is None else error.code,
        sentence="The receiving server took the message." if error is None else error.sentence,
    )

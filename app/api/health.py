"""/health: does it work, for load balancers and people on call. /health/live: does the process answer."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from app.api.dependencies import Context, Now
from app.health import State, health

router = APIRouter(tags=["health"])


class ComponentBody(BaseModel):
    status: State
    detail: str = Field(description="One sentence.")
    age_seconds: int | None = Field(description="Since it last succeeded; null: never, or nothing to do yet.")


class HealthBody(BaseModel):
    status: State = Field(description="The worst of the components.")
    database: ComponentBody
    warehouse: ComponentBody
    polling: ComponentBody


class LiveBody(BaseModel):
    status: Literal["ok"]


@router.get("/health", responses={503: {"model": HealthBody, "description": "A component fails."}})
def read_health(context: Context, now: Now, response: Response) -> HealthBody:
    """Database, warehouse and polling. 503 if one of them fails; a warning is a 200."""
    found = health(context.database, now=now)
    if found.status == "fail":
        response.status_code = 503
    return HealthBody.model_validate(found, from_attributes=True)


@router.get("/health/live")
def read_liveness() -> LiveBody:
    """The process answers; says nothing about what it needs."""
    return LiveBody(status="ok")

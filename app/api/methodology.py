"""/v1/methodology: how the models of an organization are classed."""

from fastapi import APIRouter

from app.api.dependencies import Context, Now
from app.api.methodology_answers import UsedModelsBody, used_models_body
from app.api.telemetry_parameters import Reader
from app.telemetry.used_models import used_models

router = APIRouter(prefix="/v1/methodology", tags=["methodology"])


@router.get("/models")
def list_used_models(context: Context, principal: Reader, now: Now) -> UsedModelsBody:
    """Every model that was ever used: its class, the rule that gave it, its host, and its share of the last 30 days."""
    return used_models_body(used_models(context.database, principal.org_id, now=now))

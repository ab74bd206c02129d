"""Lists with cursors: newest first, `starting_after`, `ending_before`, `limit`, filtered by `created`."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from sandbox.stripe.call import Call
from sandbox.stripe.form import Form
from sandbox.stripe.refusal import Object, missing


class ListForm(Form):
    limit: int = Field(default=10, ge=1, le=100)
    starting_after: str | None = None
    ending_before: str | None = None


class CreatedRange(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    gt: int | None = None
    gte: int | None = None
    lt: int | None = None
    lte: int | None = None

    def holds(self, instant: int) -> bool:
        return (
            (self.gt is None or instant > self.gt)
            and (self.gte is None or instant >= self.gte)
            and (self.lt is None or instant < self.lt)
            and (self.lte is None or instant <= self.lte)
        )


Created = int | CreatedRange | None


def listed(call: Call, found: Sequence[Object], form: ListForm, *, created: Created = None) -> Object:
    """A page of `found`, which is given oldest first."""
    newest_first = [thing for thing in reversed(found) if _is_within(thing, created)]
    places = {thing["id"]: place for place, thing in enumerate(newest_first)}
    if form.ending_before is not None:
        end = _place(places, form.ending_before, "ending_before")
        start = max(0, end - form.limit)
        return as_list(newest_first[start:end], url=call.path, has_more=start > 0)
    start = 0 if form.starting_after is None else _place(places, form.starting_after, "starting_after") + 1
    end = start + form.limit
    return as_list(newest_first[start:end], url=call.path, has_more=end < len(newest_first))


def as_list(things: Sequence[Object], *, url: str, has_more: bool = False) -> Object:
    return {"object": "list", "data": list(things), "has_more": has_more, "url": url}


def _is_within(thing: Object, created: Created) -> bool:
    if created is None:
        return True
    instant: int = thing["created"] if "created" in thing else thing["date"]
    return instant == created if isinstance(created, int) else created.holds(instant)


def _place(places: dict[str, int], object_id: str, param: str) -> int:
    if object_id not in places:
        raise missing("object", object_id, param=param)
    return places[object_id]

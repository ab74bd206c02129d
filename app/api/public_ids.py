"""Public ids in paths and parameters: an id of the wrong kind names nothing, and gets the answer of nothing."""

from core.errors import NotFoundError
from core.ids import Kind, database_key

_THING = {
    "conn": "connection",
    "proj": "project",
    "corr": "correction",
    "sync": "sync request",
    "key": "API key",
    "user": "person",
    "period": "period",
    "target": "notification target",
    "budget": "budget",
    "notice": "notice",
}


def key_or_not_found(kind: Kind, public: str) -> int:
    key = database_key(kind, public)
    if key is None:
        raise NotFoundError(f"There is no such {_THING.get(kind, 'thing')}.")
    return key

"""Where values stand in a JSON document, and the document with another value there."""

import copy
from typing import Any

Place = tuple[Any, ...]


def places(value: Any, path: Place = ()) -> list[Place]:
    """Names and indexes that lead to each value, the document itself first."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, member in members for place in places(member, (*path, name)))]


def changed(document: Any, place: Place, to: Any) -> Any:
    """A copy with `to` in this place."""
    if not place:
        return to
    copied = copy.deepcopy(document)
    inner = copied
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = to
    return copied

"""The tree and its entries as static resources (c2sp.org/tlog-tiles): what anybody needs to replay the log.

A tile is 256 hashes side by side, or fewer where the tree ends: those of the complete subtrees of 256^level leaves,
which are stored nodes. An entry bundle is the data of 256 leaves, each behind its length in two bytes. Neither changes
once it is there.
"""

import re
from dataclasses import dataclass
from typing import Self

from core.database import Connection

TILE_WIDTH = 256
_NODE_LEVELS_A_TILE = 8
_LARGEST_INDEX = 2**63 - 1
_LARGEST_NODE_LEVEL = 62
_PATH = re.compile(r"(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?")


@dataclass(frozen=True, slots=True)
class TilePath:
    """`level` is None for a bundle of entries. `width` is 256 but for the last one of a tree."""

    level: int | None
    number: int
    width: int = TILE_WIDTH

    @classmethod
    def parse(cls, path: str) -> Self | None:
        """What `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]` names; None if it is written another way."""
        found = _PATH.fullmatch(path)
        if found is None:
            return None
        number = int(re.sub(r"[x/]", "", found[2]))
        level = None if found[1] == "entries" else int(found[1])
        tile = cls(level, number, TILE_WIDTH if found[3] is None else int(found[3]))
        return tile if tile.text() == path and tile._is_in_range(is_partial=found[3] is not None) else None

    def text(self) -> str:
        """The path: 1234067 is `x001/x234/067`."""
        digits = str(self.number)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"{'entries' if self.level is None else self.level}/{number}{partial}"

    def _is_in_range(self, *, is_partial: bool) -> bool:
        level = self.level or 0
        return level < 64 and 0 < self.width < TILE_WIDTH + (not is_partial)


def read_tile(connection: Connection, tile: TilePath) -> bytes | None:
    """Its bytes, or None if the log is not that large."""
    first = tile.number * TILE_WIDTH
    if first + tile.width > _LARGEST_INDEX:
        return None
    if tile.level is None:
        return _read_entries(connection, first, tile.width)
    node_level = tile.level * _NODE_LEVELS_A_TILE
    if node_level > _LARGEST_NODE_LEVEL:
        return None
    rows = connection.execute(
        "select hash from ops.log_nodes where level = %s and node_index >= %s and node_index < %s order by node_index",
        [node_level, first, first + tile.width],
    ).fetchall()
    return b"".join(row["hash"] for row in rows) if len(rows) == tile.width else None


def _read_entries(connection: Connection, first: int, width: int) -> bytes | None:
    rows = connection.execute(
        "select data from ops.log_leaves where leaf_index >= %s and leaf_index < %s order by leaf_index",
        [first, first + width],
    ).fetchall()
    if len(rows) != width:
        return None
    return b"".join(len(row["data"]).to_bytes(2) + row["data"] for row in rows)

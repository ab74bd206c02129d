"""Tiles and entry bundles: the specification's examples, and a tree that is put together from tiles alone."""

import pytest
from carbonledger.verify.merkle import leaf_hash
from hypothesis import given
from hypothesis import strategies as st

from core.database import Connection
from receipts.log.tiles import TILE_WIDTH, TilePath, read_tile
from tests.receipts.log.logbook import Log, receipts
from tests.sdk.trees import tree_root
from tests.sdk.vectors import vector

EXAMPLES = vector("tlog-tiles/examples.json")


@pytest.mark.parametrize(("number", "text"), EXAMPLES["index_paths"].items())
def test_a_tile_number_is_written_as_the_specification_does(number: str, text: str) -> None:
    assert TilePath(0, int(number)).text() == f"0/{text}"
    assert TilePath.parse(f"0/{text}") == TilePath(0, int(number))


@given(
    level=st.none() | st.integers(0, 63),
    number=st.integers(0, 2**63),
    width=st.integers(1, TILE_WIDTH),
)
def test_every_path_is_read_as_it_is_written(level: int | None, number: int, width: int) -> None:
    tile = TilePath(level, number, width)
    assert TilePath.parse(tile.text()) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "0", "0/", "0/1", "0/0001", "0/x000/001", "0/x001", "0/001/002", "0/001/", "/0/001", "00/001", "64/000",
        "-1/000", "entry/000", "entries", "0/000.p", "0/000.p/", "0/000.p/0", "0/000.p/01", "0/000.p/256",
        "0/000.p/999", "0/000.p/1/", "0/٠٠٠", "0/000\n", "0/+01", "x001/0/000",
    ],
)  # fmt: skip
def test_another_way_of_writing_names_nothing(path: str) -> None:
    assert TilePath.parse(path) is None


@pytest.mark.database
def test_tiles_and_bundles_are_the_log_as_the_specification_cuts_it(log: Log) -> None:
    leaves = receipts(*range(600))
    for begin, end in ((0, 1), (1, 256), (256, 600)):
        log.append(leaves[begin:end])
    data = [leaf.data for leaf in leaves]
    with log.database.before_tenant() as connection:
        for number, width in ((0, 256), (1, 256), (2, 88), (2, 1), (0, 7)):
            hashed = [leaf_hash(entry) for entry in data[number * 256 : number * 256 + width]]
            assert read_tile(connection, TilePath(0, number, width)) == b"".join(hashed)
            assert entries_of(connection, TilePath(None, number, width)) == data[number * 256 :][:width]
        above = tree_root(data[:256]) + tree_root(data[256:512])
        assert read_tile(connection, TilePath(1, 0, 2)) == above
        assert read_tile(connection, TilePath(1, 0, 1)) == above[:32]
        assert [path for path in MISSING if read_tile(connection, present(path)) is not None] == []


MISSING = (
    "0/002", "0/002.p/89", "0/003.p/1", "1/000", "1/000.p/3", "2/000.p/1", "63/000", "entries/002", "entries/002.p/89",
    "0/x009/x223/x372/x036/x854/x775/807", "7/x036/x028/x797/x018/x963/967",
)  # fmt: skip
"""Of a log of 600 leaves."""


def present(path: str) -> TilePath:
    tile = TilePath.parse(path)
    assert tile is not None
    return tile


def entries_of(connection: Connection, tile: TilePath) -> list[bytes]:
    bundle, entries = read_tile(connection, tile), []
    assert bundle is not None
    while bundle:
        length = int.from_bytes(bundle[:2])
        entries.append(bundle[2 : 2 + length])
        bundle = bundle[2 + length :]
    return entries


@pytest.mark.parametrize(("size", "levels"), EXAMPLES["tree_sizes"].items())
def test_the_widths_of_a_tree_are_those_of_the_specification(size: str, levels: dict[str, dict[str, int]]) -> None:
    """What `read_tile` counts on: of 256^level leaves there are floor(size / 256^level) complete subtrees."""
    for level, widths in levels.items():
        subtrees = int(size) // TILE_WIDTH ** int(level.removeprefix("level"))
        assert divmod(subtrees, TILE_WIDTH) == (widths["full"], widths["partial_width"])

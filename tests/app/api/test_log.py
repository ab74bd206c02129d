"""/log as a monitor uses it: the whole log replayed from what is served, and nothing else."""

import httpx
import pytest
from carbonledger.verify.checkpoint import verify_checkpoint
from carbonledger.verify.merkle import leaf_hash

from app.context import ServerContext
from tests.receipts.log.logbook import NOTE_KEY, ORIGIN, Log, lay_key, receipts
from tests.sdk.trees import tree_root

pytestmark = pytest.mark.database

FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture
def log(context: ServerContext) -> Log:
    lay_key(context.database)
    return Log(context.database)


def test_a_monitor_replays_the_log_from_what_is_served(api: httpx.Client, log: Log) -> None:
    leaves = receipts(*range(300))
    log.append(leaves[:7])
    log.append(leaves[7:])
    checkpoint = verify_checkpoint(api.get("/log/checkpoint").content, origin=ORIGIN, keys=[NOTE_KEY])
    full, width = divmod(checkpoint.size, 256)
    paths = [*(f"{number:03}" for number in range(full)), f"{full:03}.p/{width}"]
    bundles = [api.get(f"/log/tile/entries/{path}") for path in paths]
    entries = [entry for bundle in bundles for entry in entries_of(bundle.content)]
    assert entries == [leaf.data for leaf in leaves]
    assert tree_root(entries) == checkpoint.root
    hashes = b"".join(api.get(f"/log/tile/0/{path}").content for path in paths)
    assert hashes == b"".join(leaf_hash(entry) for entry in entries)
    assert api.get("/log/tile/1/000.p/1").content == tree_root(entries[:256])


def entries_of(bundle: bytes) -> list[bytes]:
    entries = []
    while bundle:
        length = int.from_bytes(bundle[:2])
        entries.append(bundle[2 : 2 + length])
        bundle = bundle[2 + length :]
    return entries


def test_what_is_there_stays_and_the_checkpoint_does_not(api: httpx.Client, log: Log) -> None:
    log.append(receipts(1, 2, 3))
    tile, bundle = api.get("/log/tile/0/000.p/3"), api.get("/log/tile/entries/000.p/3")
    checkpoint = api.get("/log/checkpoint", headers={"Origin": "https://monitor.example"})
    assert tile.headers["Content-Type"] == bundle.headers["Content-Type"] == "application/octet-stream"
    assert tile.headers["Cache-Control"] == bundle.headers["Cache-Control"] == FOR_EVER
    assert checkpoint.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert checkpoint.headers["Cache-Control"] == "public, max-age=5"
    assert checkpoint.headers["Access-Control-Allow-Origin"] == "*"
    known = {"If-None-Match": checkpoint.headers["ETag"]}
    assert api.get("/log/checkpoint", headers=known).status_code == 304
    log.append(receipts(4))
    assert api.get("/log/checkpoint", headers=known).status_code == 200
    assert api.get("/log/tile/0/000.p/3").content == tile.content


def test_entries_are_compressed_for_who_can_read_that(api: httpx.Client, log: Log) -> None:
    log.append(receipts(*range(20)))
    path = "/log/tile/entries/000.p/20"
    plain = api.get(path, headers={"Accept-Encoding": "identity"})
    packed = api.get(path, headers={"Accept-Encoding": "br, gzip;q=0.8"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["Content-Length"]) < len(plain.content) / 2
    assert (packed.headers["Vary"], packed.headers["Cache-Control"]) == ("Accept-Encoding", FOR_EVER)
    assert packed.headers["ETag"] == f"W/{plain.headers['ETag']}"
    again = api.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_is_not_there_is_not_found_and_not_kept(api: httpx.Client, log: Log) -> None:
    assert api.get("/log/checkpoint").status_code == 404
    log.append(receipts(1, 2, 3))
    for path in ("0/000", "0/000.p/4", "1/000.p/1", "entries/001", "0/0", "x/000", "64/000", "", "0/000.p/3/"):
        answer = api.get(f"/log/tile/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), path
        assert answer.headers["Cache-Control"] == "no-store"

"""The transparency log at a million leaves: a proof's size and time, appends per minute, and a whole replay.

All leaves are receipts': nothing that is measured here depends on what a leaf says.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from carbonledger.verify.checkpoint import Checkpoint
from carbonledger.verify.log_leaves import receipt_leaf_data
from carbonledger.verify.merkle import leaf_hash, node_hash
from carbonledger.verify.signed_note import sign_note
from carbonledger.verify.tlog_proof import TlogProof

from core.clock import SystemClock
from core.database import Connection, Database, database_urls
from core.did_web import DidWeb
from core.migrations.migrate import migrate
from core.secret_store import LocalVault
from core.settings import Settings
from receipts.keys.signer import Signer, log_signer
from receipts.keys.signing_keys import create_keys
from receipts.log.append import append, log_size
from receipts.log.leaves import ReceiptLeaf
from receipts.log.proofs import tlog_proof
from receipts.log.replay import LogReplay
from receipts.log.tree import complete_nodes, fold

LEAVES = 1_000_000
PROOFS = 500
APPENDS = 300
LEAVES_AN_APPEND = 3
"""A receipt, an allocation and, later, its PDF."""


@dataclass(frozen=True, slots=True)
class LogMeasured:
    leaves: int
    proof: TlogProof
    making_ms: float
    verifying_ms: float
    appends_a_minute: float
    bare_a_minute: float
    replay_seconds: float

    def as_table(self) -> str:
        size = len(self.proof.text().encode())
        appended = f"appends of {LEAVES_AN_APPEND} leaves, each with a signed checkpoint"
        return "\n".join(
            [
                f"\n| transparency log of {self.leaves:,} leaves | |",
                "|---|--:|",
                f"| a .tlog-proof ({len(self.proof.hashes)} hashes and a checkpoint) | {size:,} bytes |",
                f"| made from the stored nodes | {self.making_ms:.2f} ms |",
                f"| verified offline, with the checkpoint's signature | {self.verifying_ms:.2f} ms |",
                f"| {appended} | {self.appends_a_minute:,.0f}/min |",
                f"| bare transactions that insert one row | {self.bare_a_minute:,.0f}/min |",
                f"| times | {self.bare_a_minute / self.appends_a_minute:.1f} |",
                f"| replayed whole from its entries | {self.replay_seconds:.1f} s |",
            ]
        )


def log_measured(home: Path, *, leaves: int = LEAVES) -> LogMeasured:
    """In a fresh home. Raises VerificationError if a proof is wrong, AssertionError if the replay finds anything."""
    urls = database_urls(Settings(home=home))
    migrate(urls)
    secrets, now = LocalVault(home / "vault"), SystemClock().now()
    with Database(urls) as database:
        create_keys(database, secrets, DidWeb.parse("ledger.example"), now=now)
        with database.worker() as connection:
            signer = log_signer(connection, secrets)
            _fill(connection, signer, size=leaves, now=now)
        with database.owner() as connection:
            connection.execute("create table ops.bench_rows (id integer primary key)")
            connection.execute("grant insert on ops.bench_rows to carbonledger_worker")
        making, verifying, proof = _proofs(database, signer, size=leaves)
        appending = _seconds(APPENDS, lambda number: _append(database, signer, number, now=now))
        bare = _seconds(APPENDS, lambda number: _insert(database, number))
        begun = time.perf_counter()
        _replay(database, signer)
        replayed = time.perf_counter() - begun
    return LogMeasured(
        leaves, proof, 1000 * making / PROOFS, 1000 * verifying / PROOFS, 60 * APPENDS / appending,
        60 * APPENDS / bare, replayed,
    )  # fmt: skip


def _entry(number: int) -> str:
    """The hash of a made-up receipt."""
    return sha256(str(number).encode()).hexdigest()


def _fill(connection: Connection, signer: Signer, *, size: int, now: datetime) -> None:
    """Leaves and nodes by COPY, one checkpoint: what appending would leave, a few hundred times as fast."""
    first = log_size(connection)
    stored = connection.execute("select hash from ops.log_nodes where level = 0 order by node_index").fetchall()
    level = [row["hash"] for row in stored]
    with connection.cursor().copy(
        "copy ops.log_leaves (leaf_index, kind, data, leaf_hash, appended_at) from stdin"
    ) as copy:
        for index in range(first, size):
            data = receipt_leaf_data(_entry(index))
            level.append(leaf_hash(data))
            copy.write_row((index, "receipt", data, level[-1], now))
    hashes = {}
    done, number = first, 0
    with connection.cursor().copy("copy ops.log_nodes (level, node_index, hash) from stdin") as copy:
        while level:
            for index in range(done, len(level)):
                copy.write_row((number, index, level[index]))
            hashes[number] = level
            pairs = range(0, len(level) - 1, 2)
            level, done, number = [node_hash(level[at], level[at + 1]) for at in pairs], done >> 1, number + 1
    root = fold([hashes[node.level][node.number] for node in complete_nodes(0, size)])
    checkpoint = Checkpoint(signer.note_key.name, size, root)
    note = bytes(sign_note(checkpoint.text(), key=signer.note_key, sign=signer.sign)).decode()
    connection.execute(
        "insert into ops.log_checkpoints values (%s, %s, %s, %s, %s)", [size, root, note, signer.kid, now]
    )


def _proofs(database: Database, signer: Signer, *, size: int) -> tuple[float, float, TlogProof]:
    """(seconds to make all of them, seconds to verify them, the last one)."""
    indexes = [2 + number * (size - 2) // PROOFS for number in range(PROOFS)]
    with database.before_tenant() as connection:
        begun = time.perf_counter()
        written = [tlog_proof(connection, leaf_index=index, size=size) for index in indexes]
        made = time.perf_counter()
    keys, origin = [signer.note_key], signer.note_key.name
    for index, proof in zip(indexes, written, strict=True):
        TlogProof.parse(proof).verify(receipt_leaf_data(_entry(index)), origin=origin, keys=keys)
    verified = time.perf_counter()
    return made - begun, verified - made, TlogProof.parse(written[-1])


def _append(database: Database, signer: Signer, number: int, *, now: datetime) -> None:
    leaves = [ReceiptLeaf(_entry(-1 - LEAVES_AN_APPEND * number - each)) for each in range(LEAVES_AN_APPEND)]
    with database.worker() as connection:
        append(connection, leaves, signer=signer, now=now)


def _insert(database: Database, number: int) -> None:
    with database.worker() as connection:
        connection.execute("insert into ops.bench_rows values (%s)", [number])


def _seconds(count: int, act: Callable[[int], None]) -> float:
    begun = time.perf_counter()
    for number in range(count):
        act(number)
    return time.perf_counter() - begun


def _replay(database: Database, signer: Signer) -> None:
    with database.worker() as connection:
        found = list(LogReplay(connection, origin=signer.note_key.name).run())
    assert found == []

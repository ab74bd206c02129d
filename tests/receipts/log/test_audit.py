"""The audit passes what receipts leave behind, and finds what was changed in the tables, with its place."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.database import Database
from receipts.keys.signer import log_signer
from receipts.keys.signing_keys import revoke
from receipts.log.audit import audit
from tests.receipts.issued_receipts import ISSUED_AT, issued_receipt
from tests.receipts.log.audit_scene import Scene, audited_scene

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def scene(postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with audited_scene(postgres_url, template_database, tmp_path_factory.mktemp("audit")) as scene:
        yield scene


@pytest.fixture(scope="module")
def names(scene: Scene) -> dict[str, object]:
    """What statements and findings name."""
    first, second = scene.first, scene.second
    size = scene.one("select count(*) from ops.log_leaves")
    nodes = sum(size >> level for level in range(size.bit_length()))
    return {
        "size": size,
        "last": size - 1,
        "nodes": nodes,
        "nodes_but_one": nodes - 1,
        "nodes_and_one": nodes + 1,
        "first": first.serial,
        "second": second.serial,
        "second_id": second.row["id"],
        "second_index": second.row["log_index"],
        "next_index": second.row["log_index"] + 1,
        "second_size": second.row["log_size"],
        "second_pdf": second.row["pdf_log_index"],
        "second_alloc": scene.one(
            "select leaf_index from ops.log_leaves where kind = 'alloc' and convert_from(data, 'UTF8')"
            f" like '%{second.row['document_sha256']}%'"
        ),
        "one_less": f"{second.period.grams - 1:,}",
        "void": scene.one("select leaf_index from ops.log_leaves where kind = 'void'"),
        "retired_log_key": scene.one("select kid from ops.signing_keys where purpose = 'log' and state = 'retired'"),
        "active_log_key": scene.signer.kid,
        "revoked_key": first.row["kid"],
    }


def test_what_issuing_voiding_rotating_and_revoking_leave_is_whole(scene: Scene) -> None:
    found = audit(scene.database)
    assert [finding.line for finding in found.findings] == []
    assert found.is_whole
    assert found.leaves == scene.one("select count(*) from ops.log_leaves")
    assert found.checkpoints == scene.one("select count(*) from ops.log_checkpoints")
    assert found.receipts == 4


def test_an_empty_log_is_whole(database: Database) -> None:
    assert audit(database).is_whole


def test_a_log_whose_key_was_revoked_is_whole_and_proven_by_the_next_one(database: Database, home: Path) -> None:
    receipt = issued_receipt(database, home)
    with database.worker() as connection:
        stolen = log_signer(connection, receipt.home.secrets)
    revoke(database, receipt.home.secrets, stolen.kid, reason="stolen", now=ISSUED_AT)
    assert audit(database).findings == ()


def test_the_data_of_a_leaf_is_in_every_hash_above_it(scene: Scene) -> None:
    lines = scene.lines_after_tampering("update ops.log_leaves set data = data || ' ' where leaf_index = 0")
    assert lines[:3] == [
        "tree: leaf 0: Its hash is not that of its data.",
        "leaf: leaf 0: It is not written as the log writes its leaves.",
        "checkpoint: checkpoint 2: Its stored root does not follow from the entries.",
    ]
    height = scene.one("select max(level) from ops.log_nodes")
    for level in range(height + 1):
        assert f"tree: node {level}/0: Its hash does not follow from the entries." in lines


def test_a_leaf_that_was_taken_out_is_missed(scene: Scene) -> None:
    lines = scene.lines_after_tampering("delete from ops.log_leaves where leaf_index = 1")
    assert lines[0] == "tree: leaf 2: It stands where leaf 1 belongs."


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "update ops.log_nodes set hash = sha256('x') where level = 1 and node_index = 1",
            [
                "consistency: checkpoint 5: From checkpoint 2: The consistency proof does not lead to both roots.",
                "tree: node 1/1: Its hash does not follow from the entries.",
            ],
        ),
        (
            "delete from ops.log_nodes where level = 2 and node_index = 1",
            [
                "tree: node 2/1: Its hash is not stored.",
                "tree: nodes: {nodes_but_one} are stored, {nodes} follow from the entries.",
            ],
        ),
        (
            "insert into ops.log_nodes (level, node_index, hash) values (9, 0, sha256('x'))",
            ["tree: nodes: {nodes_and_one} are stored, {nodes} follow from the entries."],
        ),
        (
            "update ops.log_leaves set kind = 'void' where leaf_index = 0",
            ["leaf: leaf 0: It states a fact of kind key, not void."],
        ),
        (
            "update ops.log_checkpoints set root_hash = sha256('x') where tree_size = 2",
            ["checkpoint: checkpoint 2: Its stored root does not follow from the entries."],
        ),
        (
            "update ops.log_checkpoints set note = replace(note, 'ledger.example/log', 'other.example/log')"
            " where tree_size = 2",
            ["checkpoint: checkpoint 2: The note is not signed by a key that is known."],
        ),
        (
            "update ops.log_checkpoints set kid = (select kid from ops.signing_keys where purpose = 'log'"
            " and state = 'active') where tree_size = 2",
            ["checkpoint: checkpoint 2: The note is not signed by a key that is known."],
        ),
        (
            "update ops.log_checkpoints set note = (select note from ops.log_checkpoints as other"
            " where other.tree_size > log_checkpoints.tree_size and other.kid = log_checkpoints.kid"
            " order by tree_size limit 1) where tree_size = 2",
            ["checkpoint: checkpoint 2: It is signed for another tree than follows from the entries."],
        ),
        (
            "delete from ops.log_checkpoints where tree_size = {size}",
            ["checkpoint: leaf {last}: No checkpoint has it."],
        ),
        (
            "insert into ops.log_checkpoints select tree_size + 1000, root_hash, note, kid, signed_at"
            " from ops.log_checkpoints where tree_size = 2",
            ["checkpoint: checkpoint 1002: The log has {size} leaves."],
        ),
        (
            "update ops.receipts set log_index = log_index + 1 where serial = '{second}'",
            [
                "ledger: {second}: It is leaf {second_index}; the ledger says leaf {next_index}.",
                "inclusion: {second}: Leaf {next_index} in checkpoint {second_size}: The inclusion proof does not lead"
                " to the tree's root.",
            ],
        ),
        (
            "update ops.receipts set log_size = {size} where serial = '{second}'",
            ["ledger: {second}: Checkpoint {size} is not the first that has its leaf {second_index}."],
        ),
        (
            "delete from ops.receipt_credits where receipt_row_id = {second_id}",
            ["ledger: {second}: The ledger does not allot it the grams of leaves [{second_alloc}]."],
        ),
        (
            "update ops.receipt_credits set grams = int8range(lower(grams), upper(grams) - 1)"
            " where receipt_row_id = {second_id}",
            [
                "ledger: {second}: The ledger does not allot it the grams of leaves [{second_alloc}].",
                "ledger: {second}: The log does not allot it {one_less} g that the ledger does.",
            ],
        ),
        (
            "update ops.receipts set pdf_sha256 = repeat('0', 64) where serial = '{second}'",
            [
                "ledger: {second}: Leaf {second_pdf} is not its PDF, as the ledger says.",
                "ledger: {second}: The ledger does not have the PDF of leaf {second_pdf}.",
            ],
        ),
        (
            "delete from ops.receipt_voids",
            [
                "ledger: {first}: The ledger does not have the void of leaf {void}.",
            ],
        ),
        (
            "update ops.receipt_voids set reason_code = 'key_compromised'",
            [
                "ledger: {first}: Leaf {void} is not its void, as the ledger says.",
                "ledger: {first}: The ledger does not have the void of leaf {void}.",
            ],
        ),
        (
            "update ops.signing_keys set state = 'retired', revoked_at = null, revoke_reason = null"
            " where kid = '{revoked_key}'",
            ["ledger: key {revoked_key}: It is revoked in the log, and not in the ledger."],
        ),
        (
            "update ops.signing_keys set state = 'retired', retired_at = now() where kid = '{active_log_key}'",
            ["ledger: key {active_log_key}: It is retired in the ledger, and not in the log."],
        ),
        (
            "update ops.receipts set kid = '{retired_log_key}' where serial = '{second}'",
            ["key: {second}: Key {retired_log_key} might not sign it, and it is not void."],
        ),
    ],
)  # fmt: skip
def test_what_was_changed_in_the_tables_is_found(
    scene: Scene, names: dict[str, object], statement: str, expected: list[str]
) -> None:
    lines = scene.lines_after_tampering(statement.format(**names))
    assert lines == [line.format(**names) for line in expected]

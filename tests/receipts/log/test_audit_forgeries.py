"""Whoever has the log key can append what is not so; the audit says of each such leaf what is wrong with it."""

from collections.abc import Iterator

import pytest
from carbonledger.verify.key_ids import base64url

from receipts.log.leaves import AllocLeaf, KeyLeaf, Leaf, ReceiptLeaf, RenditionLeaf, RetireLeaf, VoidLeaf
from receipts.log.read_leaf import read_leaf
from tests.receipts.log.audit_scene import Scene, audited_scene

pytestmark = pytest.mark.database

UNKNOWN = "ab" * 32


@pytest.fixture(scope="module")
def scene(postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with audited_scene(postgres_url, template_database, tmp_path_factory.mktemp("audit")) as scene:
        yield scene


@pytest.fixture(scope="module")
def size(scene: Scene) -> int:
    return int(scene.one("select count(*) from ops.log_leaves"))


def leaves_of(scene: Scene, kind: str) -> list[Leaf]:
    with scene.database.worker() as connection:
        rows = connection.execute("select data from ops.log_leaves where kind = %s order by leaf_index", [kind])
        return [read_leaf(row["data"]) for row in rows]


def allocation_of(scene: Scene, receipt: str) -> AllocLeaf:
    (found,) = (
        leaf for leaf in leaves_of(scene, "alloc") if isinstance(leaf, AllocLeaf) and leaf.receipt_sha256 == receipt
    )
    return found


def test_a_gram_that_backs_two_receipts(scene: Scene, size: int) -> None:
    second, third = scene.second.row["document_sha256"], scene.third.row["document_sha256"]
    taken = allocation_of(scene, second)
    again = AllocLeaf(taken.retire, taken.to_g - 10, taken.to_g, third)
    assert scene.lines_after_appending(again) == [
        f"grams: leaf {size}: Grams {again.from_g} to {again.to_g} of retirement {taken.retire} back receipt {second}"
        " already.",
        f"ledger: {scene.third.serial}: The ledger does not allot it the grams of leaves [{size}].",
    ]


def test_the_grams_of_a_void_receipt_back_its_replacement(scene: Scene) -> None:
    """As issuing does it: the same grams, once given back."""
    first = allocation_of(scene, scene.first.row["document_sha256"])
    replacement = allocation_of(scene, scene.replacement.row["document_sha256"])
    assert (first.retire, first.from_g, first.to_g) == (replacement.retire, replacement.from_g, replacement.to_g)


def test_grams_for_a_receipt_that_is_void(scene: Scene, size: int) -> None:
    free = allocation_of(scene, scene.third.row["document_sha256"]).to_g
    void = scene.first.row["document_sha256"]
    leaf = AllocLeaf(allocation_of(scene, void).retire, free, free + 1, void)
    assert scene.lines_after_appending(leaf)[0] == f"grams: leaf {size}: Receipt {void} was void before."


@pytest.mark.parametrize("shift", ["beyond its end", "empty"])
def test_a_gram_outside_of_a_retirement(scene: Scene, size: int, shift: str) -> None:
    receipt = scene.second.row["document_sha256"]
    (retirement,) = {leaf for leaf in leaves_of(scene, "retire") if isinstance(leaf, RetireLeaf)}
    end = retirement.grams
    retire = retirement.leaf_hash.hex()
    leaf = AllocLeaf(retire, end - 1, end + 1, receipt) if shift != "empty" else AllocLeaf(retire, 5, 5, receipt)
    assert scene.lines_after_appending(leaf)[0] == (
        f"grams: leaf {size}: Grams {leaf.from_g} to {leaf.to_g} are not of its retirement."
    )


def test_grams_of_a_retirement_that_the_log_does_not_have(scene: Scene, size: int) -> None:
    leaf = AllocLeaf(UNKNOWN, 0, 1, scene.second.row["document_sha256"])
    assert scene.lines_after_appending(leaf)[0] == (
        f"reference: leaf {size}: No leaf before it is the retirement {UNKNOWN}."
    )


def test_units_that_are_retired_twice(scene: Scene, size: int) -> None:
    (retirement,) = (leaf for leaf in leaves_of(scene, "retire") if isinstance(leaf, RetireLeaf))
    index = scene.one("select leaf_index from ops.log_leaves where kind = 'retire'")
    again = RetireLeaf(
        retirement.registry, retirement.serial, retirement.end, retirement.end + 5, retirement.unit_grams, UNKNOWN
    )
    assert scene.lines_after_appending(again) == [
        f"units: leaf {size}: It retires units that leaf {index} retired.",
        f"ledger: leaf {size}: The ledger has no such retirement.",
    ]


def test_a_retirement_of_nothing(scene: Scene, size: int) -> None:
    assert scene.lines_after_appending(RetireLeaf("VERRA", "x", 5, 4, 1_000_000, UNKNOWN)) == [
        f"units: leaf {size}: It retires nothing."
    ]


def test_facts_of_a_receipt_that_is_not_there(scene: Scene, size: int) -> None:
    assert scene.lines_after_appending(
        RenditionLeaf(UNKNOWN, "application/pdf", "cd" * 32), VoidLeaf(UNKNOWN, "error_found")
    ) == [
        f"reference: leaf {size + 1}: No leaf before it is of receipt {UNKNOWN}.",
        f"reference: leaf {size}: The log has no receipt {UNKNOWN}.",
        f"reference: leaf {size + 1}: The log has no receipt {UNKNOWN}.",
    ]


def test_a_receipt_that_the_ledger_never_issued(scene: Scene, size: int) -> None:
    """What a thief of both keys would have to publish."""
    assert scene.lines_after_appending(ReceiptLeaf(UNKNOWN)) == [
        f"ledger: leaf {size}: The ledger has no receipt {UNKNOWN}."
    ]


def test_a_second_void_for_another_reason(scene: Scene, size: int) -> None:
    receipt = scene.first.row["document_sha256"]
    assert scene.lines_after_appending(VoidLeaf(receipt, "key_compromised")) == [
        f"reference: leaf {size}: Receipt {receipt} was void before.",
        f"ledger: {scene.first.serial}: The ledger does not have the void of leaf {size}.",
    ]


def test_a_void_and_a_pdf_that_the_ledger_does_not_know(scene: Scene, size: int) -> None:
    receipt, serial = scene.second.row["document_sha256"], scene.second.serial
    leaves = VoidLeaf(receipt, "error_found"), RenditionLeaf(receipt, "application/pdf", UNKNOWN)
    assert scene.lines_after_appending(*leaves) == [
        f"ledger: {serial}: The ledger does not have the void of leaf {size}.",
        f"ledger: {serial}: The ledger does not have the PDF of leaf {size + 1}.",
    ]


def test_keys_that_were_never_made(scene: Scene, size: int) -> None:
    kid, x = scene.signer.kid, base64url(scene.signer.public_key)
    other = base64url(b"x" * 32)
    assert scene.lines_after_appending(
        KeyLeaf("log", kid, other, "created"),
        KeyLeaf("log", other, other, "created"),
        KeyLeaf("receipt", kid, x, "retired"),
        KeyLeaf("log", other, other, "revoked"),
    ) == [
        f"key: leaf {size}: Key {kid} was created before.",
        f"key: leaf {size + 1}: {other} is not the thumbprint of its key.",
        f"key: leaf {size + 2}: Key {kid} was never created so.",
        f"key: leaf {size + 3}: Key {other} was never created so.",
    ]


def test_a_checkpoint_that_a_revoked_key_signed(scene: Scene, size: int) -> None:
    """The log's own key is revoked by the leaf before, and signs all the same."""
    leaf = KeyLeaf("log", scene.signer.kid, base64url(scene.signer.public_key), "revoked")
    unproven = [
        f"inclusion: {each.serial}: Leaf {each.row['log_index']} in checkpoint {each.row['log_size']}:"
        " The note is not signed by a key that is known."
        for each in (scene.replacement, scene.third)
    ]
    assert scene.lines_after_appending(leaf) == [
        f"checkpoint: checkpoint {size + 1}: The note is not signed by a key that is known.",
        f"ledger: key {scene.signer.kid}: It is revoked in the log, and not in the ledger.",
        *unproven,
    ]


def test_a_receipt_behind_the_revocation_of_its_key(scene: Scene) -> None:
    """Receipts that the same key signed before stand, as the whole scene shows."""
    revoked, third = scene.second.row["kid"], scene.third
    statement = f"update ops.receipts set kid = '{revoked}' where serial = '{third.serial}'"
    assert scene.lines_after_tampering(statement) == [
        f"key: {third.serial}: Key {revoked} might not sign it, and it is not void."
    ]

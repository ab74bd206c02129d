"""What the log says, held against the ledger's tables, both ways: receipts, credits, voids, PDFs and keys."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, LiteralString

from carbonledger.verify.errors import VerificationError
from carbonledger.verify.key_ids import base64url
from carbonledger.verify.log_leaves import receipt_leaf_data
from carbonledger.verify.signed_note import NoteKey
from carbonledger.verify.tlog_proof import TlogProof

from core.database import Connection
from core.errors import NotFoundError
from receipts.log.checkpoints import first_size_with
from receipts.log.findings import Finding
from receipts.log.leaves import AllocLeaf, KeyAction, RenditionLeaf, RetireLeaf, VoidLeaf
from receipts.log.proofs import standing_proof
from receipts.log.replay_facts import FactReplay, ReceiptStory

PDF = "application/pdf"

_RECEIPTS: LiteralString = """
    select receipt.id, receipt.serial, receipt.document_sha256, receipt.kid, receipt.log_index, receipt.log_size,
        receipt.pdf_sha256, receipt.pdf_log_index, void.reason_code, void.log_index as void_log_index
    from ops.receipts as receipt
    left join ops.receipt_voids as void on void.receipt_row_id = receipt.id
    where receipt.log_index is not null
    order by receipt.log_index
"""
_CREDITS: LiteralString = """
    select part.receipt_row_id, receipt.document_sha256, block.registry, block.serial_number_block as serial,
        lower(retirement.units) as start, upper(retirement.units) - 1 as end, block.unit_size_grams as unit_grams,
        retirement.evidence_sha256, lower(part.grams) - lower(span.grams) as from_g,
        upper(part.grams) - lower(span.grams) as to_g
    from ops.receipt_credits as part
    join ops.receipts as receipt on receipt.id = part.receipt_row_id and receipt.log_index is not null
    join ops.allocations as allocation on allocation.id = part.allocation_id
    join ops.retirements as retirement on retirement.id = allocation.retirement_id
    join ops.credit_blocks as block on block.id = allocation.block_id
    cross join lateral (
        select ops.grams_of_units(retirement.units, block.unit_block_start, block.unit_size_grams) as grams
    ) as span
"""
_RETIREMENTS: LiteralString = """
    select block.registry, block.serial_number_block as serial, lower(retirement.units) as start,
        upper(retirement.units) - 1 as end, block.unit_size_grams as unit_grams, retirement.evidence_sha256
    from ops.retirements as retirement join ops.credit_blocks as block on block.id = retirement.block_id
    where retirement.state = 'retired'
"""
_KEYS: LiteralString = "select kid, purpose, public_key, retired_at, revoked_at from ops.signing_keys"

_Allocations = defaultdict[int, set[AllocLeaf]]


def compare_with_ledger(connection: Connection, facts: FactReplay, *, origin: str | None) -> Iterator[Finding]:
    """What differs. `facts` after the last leaf; the worker's role, in the snapshot that was replayed."""
    yield from _keys(connection, facts)
    yield from _retirements(connection, facts)
    allocations = _stated_allocations(connection)
    log_keys = _log_keys(facts, origin)
    unseen = {sha256 for sha256, story in facts.receipts.items() if story.index is not None}
    for row in connection.execute(_RECEIPTS).fetchall():
        unseen.discard(row["document_sha256"])
        yield from _facts_of_receipt(row, facts.receipts[row["document_sha256"]], allocations[row["id"]])
        yield from _key_of_receipt(row, facts)
        yield from _proof_of_receipt(connection, row, origin=origin or "", keys=log_keys)
    for sha256 in sorted(unseen):
        yield Finding("ledger", f"leaf {facts.receipts[sha256].index}", f"The ledger has no receipt {sha256}.")


def _keys(connection: Connection, facts: FactReplay) -> Iterator[Finding]:
    told = dict(facts.keys.keys)
    for row in connection.execute(_KEYS).fetchall():
        place, story = f"key {row['kid']}", told.pop(row["kid"], None)
        if story is None or (story.purpose, story.x) != (row["purpose"], base64url(row["public_key"])):
            yield Finding("ledger", place, "The log does not tell of its creation.")
            continue
        actions: dict[KeyAction, object] = {"retired": row["retired_at"], "revoked": row["revoked_at"]}
        for action, at in actions.items():
            if story.has(action) and at is None:
                yield Finding("ledger", place, f"It is {action} in the log, and not in the ledger.")
            if at is not None and not story.has(action):
                yield Finding("ledger", place, f"It is {action} in the ledger, and not in the log.")
    for kid, story in told.items():
        yield Finding("ledger", f"leaf {story.created}", f"The ledger has no key {kid}.")


def _retirements(connection: Connection, facts: FactReplay) -> Iterator[Finding]:
    known = {RetireLeaf(**row) for row in connection.execute(_RETIREMENTS)}
    for index, leaf in facts.retirements.values():
        if leaf not in known:
            yield Finding("ledger", f"leaf {index}", "The ledger has no such retirement.")


def _stated_allocations(connection: Connection) -> _Allocations:
    """By receipt, as the log should have them."""
    stated: _Allocations = defaultdict(set)
    for row in connection.execute(_CREDITS):
        receipt, sha256, from_g, to_g = (
            row.pop(name) for name in ("receipt_row_id", "document_sha256", "from_g", "to_g")
        )
        stated[receipt].add(AllocLeaf(RetireLeaf(**row).leaf_hash.hex(), from_g, to_g, sha256))
    return stated


def _facts_of_receipt(row: dict[str, Any], story: ReceiptStory, stated: set[AllocLeaf]) -> Iterator[Finding]:
    serial, sha256 = row["serial"], row["document_sha256"]
    if story.index is None:
        yield Finding("ledger", serial, f"The log does not have it; the ledger says leaf {row['log_index']}.")
    elif story.index != row["log_index"]:
        yield Finding("ledger", serial, f"It is leaf {story.index}; the ledger says leaf {row['log_index']}.")
    if logged := sorted(story.allocations[leaf] for leaf in story.allocations.keys() - stated):
        yield Finding("ledger", serial, f"The ledger does not allot it the grams of leaves {logged}.")
    if missing := stated - story.allocations.keys():
        grams = sum(leaf.to_g - leaf.from_g for leaf in missing)
        yield Finding("ledger", serial, f"The log does not allot it {grams:,} g that the ledger does.")
    void = VoidLeaf(sha256, row["reason_code"] or "")
    yield from _same("void", serial, story.voids, void, row["void_log_index"])
    pdf = RenditionLeaf(sha256, PDF, row["pdf_sha256"] or "")
    yield from _same("PDF", serial, story.renditions, pdf, row["pdf_log_index"])


def _same(
    what: str, serial: str, logged: Mapping[Any, int], leaf: VoidLeaf | RenditionLeaf, index: int | None
) -> Iterator[Finding]:
    """`index`: where the ledger says that the leaf is; None: it knows of none."""
    if index is not None and logged.get(leaf) != index:
        yield Finding("ledger", serial, f"Leaf {index} is not its {what}, as the ledger says.")
    for other, at in logged.items():
        if index is None or other != leaf:
            yield Finding("ledger", serial, f"The ledger does not have the {what} of leaf {at}.")


def _key_of_receipt(row: dict[str, Any], facts: FactReplay) -> Iterator[Finding]:
    """A receipt is good only if its leaf lies below the revocation of the key that signed it, unless it is void."""
    key = facts.keys.keys.get(row["kid"])
    is_good = key is not None and key.may_have_signed_receipt(row["log_index"])
    if not is_good and row["void_log_index"] is None:
        yield Finding("key", row["serial"], f"Key {row['kid']} might not sign it, and it is not void.")


def _proof_of_receipt(
    connection: Connection, row: dict[str, Any], *, origin: str, keys: list[NoteKey]
) -> Iterator[Finding]:
    """The file that its owner is given."""
    index, size, serial = row["log_index"], row["log_size"], row["serial"]
    if first_size_with(connection, index) != size:
        yield Finding("ledger", serial, f"Checkpoint {size} is not the first that has its leaf {index}.")
    try:
        proof = TlogProof.parse(standing_proof(connection, leaf_index=index, size=size))
        proof.verify(receipt_leaf_data(row["document_sha256"]), origin=origin, keys=keys)
    except (VerificationError, LookupError, NotFoundError) as error:
        yield Finding("inclusion", serial, f"Leaf {index} in checkpoint {size}: {error}")


def _log_keys(facts: FactReplay, origin: str | None) -> list[NoteKey]:
    """Those that were never revoked: what others signed proves nothing. Which might sign what, the replay has said."""
    if origin is None:
        return []
    stories = facts.keys.keys.values()
    return [NoteKey(origin, story.public_key) for story in stories if story.purpose == "log" and story.revoked is None]

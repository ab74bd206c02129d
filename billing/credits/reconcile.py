"""Hold the pool against what shows it: evidence files against their hashes, retirements against the broker's orders.

Nothing is changed. A retirement by hand is as good as its evidence file; one through a broker is asked for again, for a
registry may take back what it showed.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from billing.credits.backend import BackendOrder, RetirementBackend
from billing.credits.evidence import EvidenceFolder
from billing.credits.invariants import broken_invariants
from billing.credits.retire import shown_units
from billing.credits.serials import REGISTRIES
from core.database import Database
from core.errors import CarbonLedgerError

_THROUGH_A_BROKER = """
    select retirement.id, retirement.backend_order_id, lower(retirement.units) as first_unit,
        upper(retirement.units) as behind, block.registry, block.issuance_scope
    from ops.retirements as retirement join ops.credit_blocks as block on block.id = retirement.block_id
    where retirement.state = 'retired' and retirement.backend = 'broker'
        and not retirement.units <@ ops.invalidated_units(block.id) -- what was taken back is known to differ
    order by retirement.id
"""


def differences(database: Database, backends: Sequence[RetirementBackend], folder: EvidenceFolder) -> Iterator[str]:
    """A sentence for each difference. A broker that does not answer is one too: nothing was seen."""
    with database.worker() as connection:
        for rule, rows in broken_invariants(connection).items():
            yield f"ledger: not so: {rule} ({len(rows)} rows)"
        evidence = connection.execute("select sha256, file_name from ops.credit_evidence order by sha256").fetchall()
        settled = connection.execute(_THROUGH_A_BROKER).fetchall()
    for file in evidence:
        damage = folder.damage(file["sha256"])
        if damage is not None:
            yield f"evidence {file['file_name']}: the kept file {file['sha256']} is {damage}"
    broker = next((backend for backend in backends if backend.name == "broker"), None)
    for row in settled:
        found = "no broker is set up to ask" if broker is None else _compared(broker, row)
        if found is not None:
            yield f"retirement {row['id']}: {found}"


def _compared(backend: RetirementBackend, row: dict[str, Any]) -> str | None:
    """What the broker shows otherwise than our row; None if it shows the same."""
    try:
        order: BackendOrder = asyncio.run(backend.poll(row["backend_order_id"]))
        if order.state != "retired":
            return f"order {order.order_id} is {order.state}, here it is retired"
        registry = next(name for name in REGISTRIES if name == row["registry"])
        units, _ = shown_units(order, registry=registry, issuance_scope=row["issuance_scope"])
    except CarbonLedgerError as error:
        return error.sentence
    ours = range(row["first_unit"], row["behind"])
    if units != ours:
        return f"units {units.start} to {units.stop - 1} are shown, here {ours.start} to {ours.stop - 1}"
    return None

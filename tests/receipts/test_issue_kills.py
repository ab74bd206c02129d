"""SIGKILL at any boundary of issuing, then again: one receipt, one leaf of each, one PDF, one notice.

And issuers side by side, which come to the same.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from carbonledger.verify.receipt import verify_receipt
from carbonledger.verify.strict_json import parse_object

from core.database import Database, fetch_one
from receipts.issue import issue_due
from receipts.log.audit import audit
from tests.mortal import Side
from tests.receipts.closed_periods import ClosedPeriod, closed_period
from tests.receipts.issue_process import IssueJob, came_to_its_end
from tests.receipts.issued_receipts import ISSUED_AT, IssuerHome, issuer_home, read_issued
from tests.receipts.sealed_rows import Used

pytestmark = [pytest.mark.database, pytest.mark.exhaustive]


@dataclass(frozen=True, slots=True)
class Scene:
    issuer: IssuerHome
    job: IssueJob

    def progress(self) -> list[object]:
        """What issuing leaves on its way; an organization's key that no row names is not on it."""
        with self.issuer.database.worker() as connection:
            receipts = connection.execute("select id, state from ops.receipts order by id").fetchall()
            counts = fetch_one(
                connection,
                "select (select count(*) from ops.log_leaves) as leaves,"
                " (select count(*) from ops.receipt_vaults) as vaults",
            )
        return [receipts, counts]

    def leaves_of(self, period: ClosedPeriod) -> Counter[str]:
        """Kinds of the log's leaves that name the period's receipt."""
        sha256 = self.issuer.row(period)["document_sha256"]
        with self.issuer.database.worker() as connection:
            leaves = connection.execute("select data from ops.log_leaves").fetchall()
        facts = [parse_object(bytes(leaf["data"])) for leaf in leaves]
        return Counter(str(leaf["t"]) for leaf in facts if sha256 in leaf.values())

    def assert_issued_once(self, period: ClosedPeriod) -> None:
        issued = read_issued(self.issuer, period)
        assert verify_receipt(issued.receipt, trust=issued.trust, proof=issued.proof).is_valid
        with self.issuer.database.worker() as connection:
            counts = fetch_one(
                connection,
                "select (select count(*) from ops.receipts where period_id = %(period_id)s) as receipts,"
                " (select count(*) from ops.receipt_vaults where org_id = %(org_id)s) as vaults,"
                " (select count(*) from ops.outbox where title = %(title)s) as notices",
                {
                    "period_id": period.period_id,
                    "org_id": period.org_id,
                    "title": f"Receipt {issued.serial} is ready",
                },
            )
        assert counts == {"receipts": 1, "vaults": 1, "notices": 2}  # in the app and by mail
        assert self.leaves_of(period) == {"receipt": 1, "alloc": 1, "rendition": 1}


@pytest.fixture
def scene(database: Database, database_url: str, home: Path) -> Scene:
    return Scene(issuer_home(database, home), IssueJob(database_url, home, ISSUED_AT))


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_kill_at_any_boundary_changes_nothing(scene: Scene, side: Side) -> None:
    is_killed, kills = True, 0
    while is_killed:
        period = closed_period(scene.issuer.database, usage=[Used()])
        is_killed = not came_to_its_end(replace(scene.job, kill_at=(kills + 1, side)))
        scene.issuer.issue()
        scene.assert_issued_once(period)
        kills += is_killed
    # The order, the organization's key and its row, and the three steps, each found by a lock first.
    assert kills >= 6
    assert audit(scene.issuer.database).findings == ()


def test_kills_at_every_boundary_in_a_row_change_nothing(scene: Scene) -> None:
    """Each process dies after the first boundary that brought the issuing on; one that only looked does not."""
    period = closed_period(scene.issuer.database, usage=[Used()])
    kills, boundary, before = 0, 1, scene.progress()
    while not came_to_its_end(replace(scene.job, kill_at=(boundary, "after"))):
        kills += 1
        after = scene.progress()
        boundary = boundary + 1 if after == before else 1
        before = after
    scene.assert_issued_once(period)
    assert kills >= 5


def test_issuers_side_by_side_issue_each_receipt_once(scene: Scene) -> None:
    database = scene.issuer.database
    first = closed_period(database, usage=[Used()])
    periods = [first, closed_period(database, after=first, usage=[Used()])]
    periods += [closed_period(database, usage=[Used()]) for _ in range(4)]
    with ThreadPoolExecutor(3) as issuers:
        together = [
            issuers.submit(issue_due, database, scene.issuer.secrets, scene.issuer.settings, clock=scene.issuer.clock)
            for _ in range(3)
        ]
        for issuing in together:
            issuing.result()
    scene.issuer.issue()  # what two of them had met over
    for period in periods:
        scene.assert_issued_once(period)
    assert audit(database).findings == ()

"""SIGKILL at any boundary of a close, then again: one allocation, one retirement, one audit row a move."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise

import pytest

from billing.credits.invariants import broken_invariants
from core.database import Database, fetch_one
from tests.billing.credits.broker_process import PORTFOLIO, SERIAL, BrokerSandbox, start_broker_sandbox
from tests.billing.credits.ledger import a_block
from tests.billing.periods.close_process import CloseJob, came_to_its_end, close_and_retire
from tests.billing.periods.closing import build_and_close
from tests.billing.periods.payer import MICROGRAMS_PER_TOKEN, MILLION, Payer, a_payer
from tests.billing.periods.stripe_mirrors import DECEMBER, NOVEMBER
from tests.mortal import Side
from tests.warehouse.world import build_now

pytestmark = [pytest.mark.database, pytest.mark.exhaustive]

CLOSES_AT = DECEMBER.replace(day=3)
ONE_TONNE = 1_000_000
TOKENS = ONE_TONNE * MILLION * MILLION // MICROGRAMS_PER_TOKEN
"""A hair less than a tonne, so that each period needs one unit of the registry's, whole."""
LATER = timedelta(hours=1)
MOST_BOUNDARIES = 20
"""Of one close; where it has more, one of these tests says so."""


@dataclass
class Scene:
    database: Database
    broker: BrokerSandbox
    job: CloseJob
    waiting: list[Payer] = field(default_factory=list)

    def next_payer(self) -> Payer:
        """A period that ended and is paid: due from now on, and nothing else is."""
        payer = self.waiting.pop()
        with self.database.worker() as connection:
            connection.execute(
                "update ops.billing_periods set next_attempt_at = %s where org_id = %s and funding = 'paid'",
                [DECEMBER, payer.org_id],
            )
        return payer

    def progress(self, payer: Payer) -> list[object]:
        """What a close leaves on its way, here and at the broker; a look that found nothing leaves nothing."""
        with self.database.worker() as connection:
            retirements = connection.execute("select state, backend_order_id from ops.retirements").fetchall()
        return [payer.periods()[0]["version"], retirements, len(self.broker.orders())]

    def assert_closed_once(self, payer: Payer) -> None:
        (period,) = payer.periods()
        assert (period["state"], period["retire_grams"]) == ("closed", ONE_TONNE)
        with self.database.worker() as connection:
            allotted = connection.execute(
                "select upper(grams) - lower(grams) as grams, retirement_id from ops.allocations where period_id = %s",
                [period["id"]],
            ).fetchall()
            moves = connection.execute(
                "select version, from_state, to_state from ops.billing_period_moves where period_id = %s"
                " order by version",
                [period["id"]],
            ).fetchall()
            orders = fetch_one(connection, "select count(*) as count from ops.retirements")["count"]
            assert broken_invariants(connection) == {}
        assert [row["grams"] for row in allotted] == [ONE_TONNE]
        assert [row["version"] for row in moves] == list(range(1, period["version"] + 1))
        assert all(left["to_state"] == right["from_state"] for left, right in pairwise(moves))
        states = [row["to_state"] for row in moves if row["from_state"] != row["to_state"]]
        assert states == ["open", "reconciling", "frozen", "retiring", "retired", "closed"]
        placed = self.broker.orders()
        assert len(placed) == len({order["metadata"] for order in placed}) == orders
        assert len(payer.sealed(period)) == 1


@pytest.fixture(scope="module")
def scene(built_url: str, built_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Enough organizations whose November is over, all built; their free time before it is waived and seen."""
    database, home = built_database, tmp_path_factory.mktemp("home")
    with start_broker_sandbox(now=CLOSES_AT) as broker:
        job = CloseJob(built_url, broker.base_url, home, CLOSES_AT)
        scene = Scene(database, broker, job, [_a_heavy_payer(database) for _ in range(2 * MOST_BOUNDARIES + 1)])
        a_block(
            database,
            units=290,
            registry="ACR",
            issuance_scope="2891",
            serial_number_block=SERIAL.format(start=58384, end=58673),
            unit_block_start=58384,
            broker_portfolio_id=PORTFOLIO,
        )
        build_and_close(database, NOVEMBER)
        build_now(database)
        with database.worker() as connection:
            connection.execute("update ops.billing_periods set next_attempt_at = null where funding = 'paid'")
        yield scene


def _a_heavy_payer(database: Database) -> Payer:
    payer = a_payer(database, tier="scale")
    payer.pays(NOVEMBER, DECEMBER, tier="scale")
    payer.uses(TOKENS)
    return payer


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_kill_at_any_boundary_changes_nothing(scene: Scene, side: Side) -> None:
    is_killed, kills = True, 0
    while is_killed:
        payer = scene.next_payer()
        is_killed = not came_to_its_end(replace(scene.job, kill_at=(kills + 1, side)))
        close_and_retire(scene.database, scene.broker.backend(), scene.job)
        scene.assert_closed_once(payer)
        kills += is_killed
    # Four moves with the freeze, the order, three calls, the settlement, the wake, the allocation, the close.
    assert kills >= 10


def test_kills_at_every_boundary_in_a_row_change_nothing(scene: Scene) -> None:
    """Each process dies after the first boundary that brought the close on; a look that found nothing does not."""
    payer, job = scene.next_payer(), scene.job
    kills, boundary, before = 0, 1, scene.progress(payer)
    while not came_to_its_end(replace(job, kill_at=(boundary, "after"))):
        kills += 1
        after = scene.progress(payer)
        boundary = boundary + 1 if after == before else 1
        before, job = after, replace(job, now=job.now + LATER)
    scene.assert_closed_once(payer)
    assert kills >= 8

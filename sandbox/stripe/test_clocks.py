"""Test clocks: customers that are attached to one live in its time, and advancing it plays what falls due."""

from sandbox.stripe.account import Account
from sandbox.stripe.call import Call, Route
from sandbox.stripe.due import play
from sandbox.stripe.events import emit
from sandbox.stripe.form import Form
from sandbox.stripe.listing import ListForm, listed
from sandbox.stripe.refusal import Object, wrong
from sandbox.stripe.store import new_id

_KEPT_SECONDS = 30 * 86_400


class ClockCreate(Form):
    frozen_time: int
    name: str | None = None


class ClockAdvance(Form):
    frozen_time: int


def create_test_clock(account: Account, call: Call) -> Object:
    form = call.form(ClockCreate)
    clock = account.store.add(
        {
            "id": new_id("clock"),
            "object": "test_helpers.test_clock",
            "created": account.now(),
            "deletes_after": account.now() + _KEPT_SECONDS,
            "frozen_time": form.frozen_time,
            "livemode": False,
            "name": form.name,
            "status": "ready",
            "status_details": {},
        }
    )
    emit(account, "test_helpers.test_clock.created", clock)
    return clock


def advance_test_clock(account: Account, call: Call) -> Object:
    """Answers `advancing` as Stripe does; the clock is `ready` by then, for time is played before the answer leaves."""
    form = call.form(ClockAdvance)
    clock = account.store.get("test_helpers.test_clock", call.id)
    if form.frozen_time <= clock["frozen_time"]:
        raise wrong("frozen_time", "A test clock can only be advanced to a time in its future.")
    advancing = {
        **clock,
        "status": "advancing",
        "status_details": {"advancing": {"target_frozen_time": form.frozen_time}},
    }
    emit(account, "test_helpers.test_clock.advancing", advancing)
    play(account, clock["id"], until=form.frozen_time)
    clock["frozen_time"] = form.frozen_time
    emit(account, "test_helpers.test_clock.ready", clock)
    return advancing


def retrieve_test_clock(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("test_helpers.test_clock", call.id)


def list_test_clocks(account: Account, call: Call) -> Object:
    return listed(call, account.store.all("test_helpers.test_clock"), call.form(ListForm))


ROUTES: list[Route] = [
    ("POST", "/v1/test_helpers/test_clocks", create_test_clock),
    ("GET", "/v1/test_helpers/test_clocks", list_test_clocks),
    ("GET", "/v1/test_helpers/test_clocks/{id}", retrieve_test_clock),
    ("POST", "/v1/test_helpers/test_clocks/{id}/advance", advance_test_clock),
]

"""No address keeps all others from having their files verified, however slowly it sends."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from app.verification.slots import (
    EXAMINATIONS_AT_ONCE,
    EXAMINATIONS_OF_ONE_ADDRESS,
    UPLOADS_AT_ONCE,
    UPLOADS_OF_ONE_ADDRESS,
    Slots,
    TooManyExaminationsError,
    VerificationSlots,
)

HOUSEHOLD = ("2001:db8::1", "2001:db8::2")  # of one /64


@pytest.fixture
def taken() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def take(slots: Slots, address: str, taken: ExitStack, *, times: int = 1) -> None:
    for _ in range(times):
        taken.enter_context(slots.slot(address))


def test_one_address_leaves_slots_to_others() -> None:
    assert UPLOADS_OF_ONE_ADDRESS < UPLOADS_AT_ONCE
    assert EXAMINATIONS_OF_ONE_ADDRESS < EXAMINATIONS_AT_ONCE


def test_who_has_its_share_is_told_to_come_back_and_others_are_not(taken: ExitStack) -> None:
    slots = VerificationSlots().uploads
    take(slots, "192.0.2.1", taken, times=UPLOADS_OF_ONE_ADDRESS)
    with pytest.raises(TooManyExaminationsError), slots.slot("192.0.2.1"):
        pass
    take(slots, "192.0.2.2", taken)


def test_the_addresses_of_a_household_count_as_one(taken: ExitStack) -> None:
    slots = Slots(8, of_one_address=1)
    take(slots, HOUSEHOLD[0], taken)
    with pytest.raises(TooManyExaminationsError), slots.slot(HOUSEHOLD[1]):
        pass


def test_there_are_only_so_many_for_all(taken: ExitStack) -> None:
    slots = Slots(2, of_one_address=2)
    take(slots, "192.0.2.1", taken)
    take(slots, "192.0.2.2", taken)
    with pytest.raises(TooManyExaminationsError), slots.slot("192.0.2.3"):
        pass


def test_a_slot_is_free_again_however_it_ends() -> None:
    slots = Slots(1, of_one_address=1)
    with pytest.raises(ValueError, match="broken off"), slots.slot("192.0.2.1"):
        raise ValueError("broken off")
    with slots.slot("192.0.2.1"):
        pass

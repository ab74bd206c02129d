"""A taken port is noticed before anything is started."""

import pytest

from app.listen import PortTakenError, listen


def test_the_next_free_port_is_taken_where_that_is_allowed() -> None:
    with listen("127.0.0.1", 0, may_move=False) as first:
        taken = first.getsockname()[1]
        with listen("127.0.0.1", taken, may_move=True) as second:
            assert taken < second.getsockname()[1] < taken + 20


def test_a_taken_port_that_was_asked_for_is_refused_with_a_way_out() -> None:
    with listen("127.0.0.1", 0, may_move=False) as first:
        taken = first.getsockname()[1]
        with pytest.raises(PortTakenError) as refusal:
            listen("127.0.0.1", taken, may_move=False)
    assert refusal.value.sentence == (
        f"Port {taken} is taken on 127.0.0.1. Stop what listens there, or choose another with --port."
    )


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(PortTakenError, match=r"Cannot listen on 192\.0\.2\.1 port 0: "):
        listen("192.0.2.1", 0, may_move=True)

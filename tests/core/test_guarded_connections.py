"""Connections to where tenants tell us to send: which addresses, in which threads, and for how long."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta

import pytest

from core.guarded_connections import addresses_of, guarded_connections, is_public

LONG = timedelta(minutes=5)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0",
        "fd00::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::", "localhost", "", "127.1", "0x7f.1", "2130706433",
    ],
)  # fmt: skip
def test_what_is_inside_a_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_what_everybody_reaches_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("written", ["127.1", "0x7f.1", "2130706433", "127.0.0.1"])
def test_an_address_is_what_it_resolves_to_however_it_is_written(written: str) -> None:
    assert addresses_of(written) == ["127.0.0.1"]


def test_what_cannot_be_a_name_has_no_address() -> None:
    assert addresses_of("a" * 300) == addresses_of("") == addresses_of("\udcff") == []


@pytest.fixture
def listening() -> socket.socket:
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(30)
    return server


def test_a_private_address_is_not_connected_to_whatever_name_led_there(listening: socket.socket) -> None:
    with listening, guarded_connections(private_allowed=False, deadline=LONG) as guard:
        with pytest.raises(OSError, match="not a public address"):
            socket.create_connection(("localhost", listening.getsockname()[1]))
        assert guard.has_refused


def test_a_thread_with_the_same_context_is_guarded_too(listening: socket.socket) -> None:
    with listening, guarded_connections(private_allowed=False, deadline=LONG), ThreadPoolExecutor() as threads:
        trying = threads.submit(copy_context().run, socket.create_connection, listening.getsockname())
        assert isinstance(trying.exception(), PermissionError)


def test_a_socket_of_this_machine_is_refused_even_where_private_ones_are_not() -> None:
    guarded = guarded_connections(private_allowed=True, deadline=LONG)
    with guarded, socket.socket(socket.AF_UNIX) as local, pytest.raises(PermissionError):
        local.connect("/nowhere")


def test_the_guard_ends_with_its_block(listening: socket.socket) -> None:
    with guarded_connections(private_allowed=False, deadline=LONG):
        pass
    with listening, socket.create_connection(listening.getsockname()):
        pass


def test_a_connection_is_cut_at_the_deadline_and_no_other_admitted(listening: socket.socket) -> None:
    with listening, guarded_connections(private_allowed=True, deadline=timedelta(milliseconds=50)) as guard:
        with socket.create_connection(listening.getsockname()) as waiting:
            waiting.settimeout(30)
            assert waiting.recv(1) == b""  # nobody wrote, nobody hung up
        with pytest.raises(TimeoutError):
            socket.create_connection(listening.getsockname())
        assert not guard.has_refused

"""Connections to where tenants tell us to send: to public addresses only, and cut when they last too long.

A name is resolved by whoever connects, and may resolve to something else the second time. So the address is looked at
where it is used: Python's audit event `socket.connect` tells it before a byte is sent, in whatever library connects.
"""

import errno
import ipaddress
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import timedelta
from functools import cache
from typing import Any

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the IPv4 address that is reached


def is_public(address: str) -> bool:
    """Whether the IP address belongs to the public internet; False for anything that is no IP address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        embedded = parsed.ipv4_mapped or parsed.sixtofour
        if parsed in _NAT64:
            embedded = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if embedded is not None:
            return is_public(str(embedded))
    return parsed.is_global and not (parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified)


def addresses_of(host: str) -> list[str]:
    """The IP addresses of a host name or of an address itself; none if there is no such name."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return sorted({str(address[0]) for *_, address in found})


class Guard:
    """What the connections of one block of code came to."""

    def __init__(self, *, private_allowed: bool) -> None:
        self.has_refused = False
        self._private_allowed = private_allowed
        self._is_over = False
        self._lock = threading.Lock()
        self._held: list[socket.socket] = []

    def admit(self, connecting: socket.socket, address: Any) -> None:
        """Raises OSError, which every client library expects of a connection, instead of letting it be made."""
        is_internet = connecting.family in (socket.AF_INET, socket.AF_INET6)
        if not is_internet or not (self._private_allowed or is_public(str(address[0]))):
            self.has_refused = True
            raise PermissionError(errno.EACCES, "not a public address")
        with self._lock:
            if self._is_over:
                raise TimeoutError(errno.ETIMEDOUT, "out of time")
            self._held.append(connecting.dup())  # a second handle: TLS takes the first one away from its socket

    def cut(self) -> None:
        """End what is connected, whatever it waits for, and admit nothing more."""
        with self._lock:
            self._is_over = True
            for held in self._held:
                with suppress(OSError):
                    held.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        with self._lock:
            self._is_over = True
            while self._held:
                self._held.pop().close()


_present: ContextVar[Guard | None] = ContextVar("guard", default=None)  # apprise hands its context to its threads


@contextmanager
def guarded_connections(*, private_allowed: bool, deadline: timedelta) -> Iterator[Guard]:
    """Watch what this block connects to until it ends; after `deadline`, its connections are shut."""
    _listen()
    guard = Guard(private_allowed=private_allowed)
    timer = threading.Timer(deadline.total_seconds(), guard.cut)
    timer.daemon = True
    timer.start()
    token = _present.set(guard)
    try:
        yield guard
    finally:
        _present.reset(token)
        timer.cancel()
        guard.release()


@cache
def _listen() -> None:
    """Once a process, and only where targets are used: an audit hook stays."""
    sys.addaudithook(_on_event)


def _on_event(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and (guard := _present.get()) is not None:
        guard.admit(*arguments)

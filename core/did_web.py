"""The name that receipts are issued under: a did:web of a domain, with or without a port, never with a path.

https://w3c-ccg.github.io/did-method-web/: the document of did:web:ledger.example%3A8443 is
https://ledger.example:8443/.well-known/did.json.
"""

import re
from dataclasses import dataclass
from typing import Self

_PREFIX = "did:web:"
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}|localhost")
_LONGEST_DOMAIN = 253  # RFC 1035, section 2.3.4, without the root's dot
_LARGEST_PORT = 65535
# Names that nobody can own: RFC 2606, RFC 6761.
_RESERVED_ENDINGS = ("example", "test", "invalid", "localhost", "example.com", "example.net", "example.org")


@dataclass(frozen=True, slots=True)
class DidWeb:
    """`host` is the domain in lower case, followed by `:port` if it has one."""

    host: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `ledger.example`, `ledger.example:8443` or `did:web:ledger.example%3A8443`. Raises ValueError."""
        given = text.strip().lower()
        host = given.removeprefix(_PREFIX)
        if host != given:
            if ":" in host or "/" in host:
                raise ValueError("an issuer is a domain without a path; its port is written %3A8443 in a did:web")
            host = host.replace("%3a", ":")
        domain, colon, port = host.partition(":")
        if len(domain) > _LONGEST_DOMAIN or not _DOMAIN.fullmatch(domain):
            raise ValueError("an issuer is a domain name in ASCII, such as carbonledger.example, or its did:web:…")
        if colon and not (re.fullmatch("[1-9][0-9]{0,4}", port) and int(port) <= _LARGEST_PORT):
            raise ValueError(f"the port of an issuer is a number from 1 to {_LARGEST_PORT}")
        return cls(host)

    @property
    def did(self) -> str:
        return _PREFIX + self.host.replace(":", "%3A")

    @property
    def is_reserved(self) -> bool:
        """Whether nobody can own the domain, so that what is issued under it is a test."""
        domain = self.host.partition(":")[0]
        return any(domain == ending or domain.endswith(f".{ending}") for ending in _RESERVED_ENDINGS)

"""Issuers' names: what is one, and which nobody can own."""

import pytest

from core.did_web import DidWeb


@pytest.mark.parametrize(
    ("given", "host", "did"),
    [
        ("carbonledger.example", "carbonledger.example", "did:web:carbonledger.example"),
        (" CarbonLedger.Example ", "carbonledger.example", "did:web:carbonledger.example"),
        ("ledger.example:8443", "ledger.example:8443", "did:web:ledger.example%3A8443"),
        ("did:web:ledger.example", "ledger.example", "did:web:ledger.example"),
        ("did:web:ledger.example%3a8443", "ledger.example:8443", "did:web:ledger.example%3A8443"),
        ("localhost:8321", "localhost:8321", "did:web:localhost%3A8321"),
        ("xn--klima-qua.example", "xn--klima-qua.example", "did:web:xn--klima-qua.example"),
    ],
)
def test_a_name_is_read_and_written_back(given: str, host: str, did: str) -> None:
    name = DidWeb.parse(given)
    assert (name.host, name.did) == (host, did)
    assert DidWeb.parse(did) == name


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ledger",
        "ledger.example.",
        "-ledger.example",
        "ledger..example",
        "ledger_.example",
        "klimä.example",
        "127.0.0.1",
        "[::1]",
        "a" * 64 + ".example",
        ".".join(["a" * 60] * 5),
        "https://ledger.example",
        "ledger.example/path",
        "did:web:ledger.example:path",
        "did:web:ledger.example/path",
        "did:key:z6Mk",
        "ledger.example#key",
        "ledger.example\n.org",
        "ledger.example:0",
        "ledger.example:080",
        "ledger.example:65536",
        "ledger.example:",
        "ledger.example:8443:1",
        "ledger.example%2Fpath",
    ],
)
def test_what_is_no_domain_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="issuer"):
        DidWeb.parse(given)


@pytest.mark.parametrize(
    ("given", "is_reserved"),
    [
        ("carbonledger.example", True),
        ("a.b.test:81", True),
        ("ledger.invalid", True),
        ("localhost", True),
        ("ledger.localhost", True),
        ("example.com", True),
        ("www.example.org", True),
        ("carbonledger.com", False),
        ("notexample.com", False),
        ("example.com.de", False),
        ("example.de", False),
    ],
)
def test_reserved_domains_are_known(given: str, *, is_reserved: bool) -> None:
    assert DidWeb.parse(given).is_reserved is is_reserved

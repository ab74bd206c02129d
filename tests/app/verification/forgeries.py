"""Forgeries that a verifier has to see through, and which checks have to fail."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from carbonledger.verify.canonical import canonical


@dataclass(frozen=True, slots=True)
class Forgery:
    """`of`: makes it of a genuine receipt. Its log proof is that of the genuine one, so inclusion fails too."""

    of: Callable[[bytes], bytes]
    fails: frozenset[str]


def _changed(change: Callable[[dict[str, Any]], object], *fails: str) -> Forgery:
    def of(receipt: bytes) -> bytes:
        document = json.loads(receipt)
        change(document)
        return canonical(document)

    return Forgery(of, frozenset({*fails, "inclusion"}))


def _written(change: Callable[[bytes], bytes]) -> Forgery:
    return Forgery(change, frozenset({"format"}))


def _subject(document: dict[str, Any]) -> dict[str, Any]:
    subject: dict[str, Any] = document["credentialSubject"]
    return subject


def _flip(receipt: bytes, place: bytes) -> bytes:
    at = receipt.index(place) + len(place)
    return receipt[:at] + bytes([receipt[at] ^ 1]) + receipt[at + 1 :]


FORGERIES = {
    "appended context": _changed(
        lambda document: document["@context"].append("https://a.example/"), "schema", "context"
    ),
    "own did": _changed(lambda document: document.update(issuer="did:web:a.example"), "issuer"),
    "own key": _changed(
        lambda document: document["proof"].update(verificationMethod=f"did:web:ledger.example#{'A' * 43}"), "key"
    ),
    "number for string": _changed(lambda document: _subject(document)["retired"].update(grams=859), "schema"),
    "fewer grams": _changed(
        lambda document: _subject(document)["emissions"].update(central="1"), "signature", "arithmetic"
    ),
    "another name": _changed(lambda document: _subject(document).update(legalName="Eve"), "signature"),
    "another signature": _changed(lambda document: document["proof"].update(proofValue="z" + "2" * 87), "signature"),
    "no proof": _changed(lambda document: document.pop("proof"), "schema", "context"),
    "duplicate key": _written(lambda receipt: receipt.replace(b'"tier":', b'"tier":"team","tier":')),
    "a fraction": _written(lambda receipt: receipt.replace(b'"missingHours":', b'"missingHours":0.')),
    "not canonical": _written(lambda receipt: receipt.replace(b'"tier":', b'"tier": ')),
    "too deep": _written(lambda receipt: b"[" * 100_000 + b"]" * 100_000),
    "no JSON": _written(lambda receipt: receipt[:-1]),
    "flipped byte": Forgery(lambda receipt: _flip(receipt, b'"legalName":"'), frozenset({"signature", "inclusion"})),
}

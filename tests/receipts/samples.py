"""A receipt, its log proof and whom to trust, from fixed keys: the same bytes in every run, no clock and no database.

    sample = sample_receipt(legalName="Örsted & Søn")      # any member of credentialSubject
    verify_receipt(sample.receipt, proof=sample.proof, trust=sample.trust).is_valid

To forge: alter `sample_document()`, then `sign` and `logged` as a thief of keys could, or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from carbonledger.verify.base58 import multikey
from carbonledger.verify.canonical import canonical
from carbonledger.verify.checkpoint import Checkpoint
from carbonledger.verify.data_integrity import CONTEXT, proof_options, signing_input, with_proof
from carbonledger.verify.key_ids import base64url, thumbprint
from carbonledger.verify.log_leaves import leaf_data, receipt_leaf_data
from carbonledger.verify.merkle import leaf_hash, node_hash
from carbonledger.verify.serials import serial
from carbonledger.verify.signed_note import NoteKey, sign_note
from carbonledger.verify.tlog_proof import TlogProof
from carbonledger.verify.trust import Trust
from nacl.signing import SigningKey

from tests.receipts.sample_usage import as_file, bounds, tokens, usage_lines

ISSUER = "did:web:receipts.carbonledger.example"
LOG_ORIGIN = "receipts.carbonledger.example/log"
RECEIPT_KEY = SigningKey(sha256(b"the sample's receipt key").digest())
LOG_KEY = SigningKey(sha256(b"the sample's log key").digest())
KID = thumbprint(bytes(RECEIPT_KEY.verify_key))
NOTE_KEY = NoteKey(LOG_ORIGIN, bytes(LOG_KEY.verify_key))
RECEIPT_ID = "5d41402abc4b2a76b9719d911017c592"
SERIAL = str(serial(starts_on=date(2026, 10, 1), entropy=b"\x07\x1f\x3a\x99\xc5", is_test=True))
LEAVES_BEFORE = [leaf_data("key", kid=KID, action="created"), leaf_data("retire", registry="VERRA")]
LEAF_INDEX = len(LEAVES_BEFORE)


@dataclass(frozen=True, slots=True)
class Sample:
    """`document` is the receipt as Python reads it, with its proof; `usage` is its sealed usage file."""

    document: dict[str, Any]
    receipt: bytes
    proof: bytes
    usage: bytes
    trust: Trust
    key_history: bytes
    key: SigningKey

    @property
    def sha256(self) -> str:
        return sha256(self.receipt).hexdigest()


def sample_receipt(**changes: Any) -> Sample:
    """A valid receipt of October 2026: two models, two projects, one adjustment, one credit, with these other facts."""
    return sample_of(sample_document(**changes))


def sample_of(document: Mapping[str, Any]) -> Sample:
    """This document without proof, signed and logged."""
    signed = sign(document)
    receipt = canonical(signed)
    history = key_history()
    return Sample(
        document=signed,
        receipt=receipt,
        proof=logged(receipt),
        usage=as_file(usage_lines()),
        trust=Trust.from_key_history(history),
        key_history=history,
        key=RECEIPT_KEY,
    )


def sign(document: Mapping[str, Any], *, key: SigningKey = RECEIPT_KEY, issuer: str = ISSUER) -> dict[str, Any]:
    """The document with a proof by this key, under the key's own id."""
    options = proof_options(issuer=issuer, kid=thumbprint(bytes(key.verify_key)))
    return dict(with_proof(document, options, key.sign(signing_input(document, options)).signature))


def logged(receipt: bytes, *, key: SigningKey = LOG_KEY) -> bytes:
    """The .tlog-proof of a log whose third leaf is this receipt, and which has two more."""
    leaf = receipt_leaf_data(sha256(receipt).hexdigest())
    after = [leaf_data("alloc", receipt_sha256=sha256(receipt).hexdigest()), leaf_data("rendition", sha256="00" * 32)]
    hashes = [leaf_hash(data) for data in [*LEAVES_BEFORE, leaf, *after]]
    checkpoint = Checkpoint(LOG_ORIGIN, len(hashes), _root(hashes))
    note_key = NoteKey(LOG_ORIGIN, bytes(key.verify_key))
    note = sign_note(checkpoint.text(), key=note_key, sign=lambda text: key.sign(text).signature)
    return TlogProof(index=LEAF_INDEX, hashes=tuple(_path(hashes, LEAF_INDEX)), note=note).text().encode()


def key_history(*, receipt_key: Mapping[str, Any] | None = None, log_key: Mapping[str, Any] | None = None) -> bytes:
    """The issuer's published history of its two keys, with these other facts of them."""
    dates = {"createdAt": "2026-01-01T00:00:00Z", "retiredAt": None, "revokedAt": None, "revokedAtLeaf": None}
    keys = [
        {**_published(bytes(RECEIPT_KEY.verify_key)), **dates, "purpose": "receipt", "vkey": None},
        {**_published(bytes(LOG_KEY.verify_key)), **dates, "purpose": "log", "vkey": NOTE_KEY.vkey},
    ]
    keys[0] |= receipt_key or {}
    keys[1] |= log_key or {}
    return canonical({"issuer": ISSUER, "test": True, "logOrigin": LOG_ORIGIN, "keys": keys})


def sample_document(**changes: Any) -> dict[str, Any]:
    """The receipt before it is signed; `changes` are members of its credentialSubject."""
    return {
        "@context": list(CONTEXT),
        "id": f"urn:carbonledger:receipt:{RECEIPT_ID}",
        "type": ["VerifiableCredential", "CarbonReceipt"],
        "issuer": ISSUER,
        "validFrom": "2026-11-03T10:15:00Z",
        "credentialSchema": {
            "id": "https://receipts.carbonledger.example/schemas/receipt-1.json",
            "type": "JsonSchema",
        },
        "credentialSubject": {**_subject(), **changes},
    }


def _published(public_key: bytes) -> dict[str, Any]:
    return {
        "kid": thumbprint(public_key),
        "publicKeyMultibase": multikey(public_key),
        "x": base64url(public_key),
        "state": "active",
    }


def _subject() -> dict[str, Any]:
    usage = as_file(usage_lines())
    return {
        "schemaVersion": 1,
        "serial": SERIAL,
        "receiptId": RECEIPT_ID,
        "test": True,
        "supersedes": None,
        "legalName": "Acme Robotics GmbH",
        "tier": "team",
        "period": {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z", "closedAt": "2026-11-03T10:15:00Z"},
        "methodology": {
            "version": "2026.1",
            "factorSetSha256": "461afa9b250644f187f0707a36b77d635951395adc7be5697869673dd5a7689e",
            "basis": "location-based, modelled, not measured",
        },
        "emissions": {"unit": "ug CO2e", **bounds("650637", "3602038", "14353077")},
        "energy": {"unit": "uWh", **bounds("1101271", "4505043", "20010574")},
        "usage": _usage(),
        "adjustments": _adjustments(),
        "coverage": {
            "knownHours": 743,
            "missingHours": 1,
            "holes": [{"start": "2026-10-17T04:00:00Z", "end": "2026-10-17T05:00:00Z"}],
        },
        "retired": {
            "basis": "central",
            "grams": "4",
            "coverageLimitGrams": "1000",
            "carryInMicrograms": "600000",
            "carryOutMicrograms": "997962",
            "notCoveredMicrograms": "0",
            "credits": [_credit()],
        },
        "sealedUsage": {"format": "carbonledger-sealed-usage-1", "sha256": sha256(usage).hexdigest(), "rows": "4"},
        "statement": (
            "Estimated gross emissions of AI usage, location-based, modelled, not measured. Separately, credits were"
            " retired. This is a contribution; it does not reduce the emissions stated above."
        ),
    }


def _usage() -> dict[str, Any]:
    return {
        "emissions": bounds("650887", "3603539", "14359333"),
        "energy": bounds("1101771", "4507045", "20018582"),
        "tokens": tokens(uncachedInput="1000300", cacheRead="1000", cacheWrite5m="7", output="200059"),
        "requests": "124",
        "models": [
            {
                "provider": "anthropic",
                "model": "claude-opus-5",
                "modelClass": "XL",
                "emissions": bounds("879", "3497", "9171"),
                "energy": bounds("1759", "6995", "18342"),
                "tokens": tokens(uncachedInput="300", cacheRead="1000", cacheWrite5m="7", output="55"),
                "requests": "4",
            },
            {
                "provider": "openai",
                "model": "gpt-5",
                "modelClass": "L",
                "emissions": bounds("650008", "3600042", "14350162"),
                "energy": bounds("1100012", "4500050", "20000240"),
                "tokens": tokens(uncachedInput="1000000", output="200004"),
                "requests": "120",
            },
        ],
        "projects": [
            {
                "name": "Search",
                "emissions": bounds("650002", "3600010", "14350041"),
                "energy": bounds("1100003", "4500013", "20000060"),
                "tokens": tokens(uncachedInput="1000000", output="200001"),
                "requests": "120",
            },
            {
                "name": "Support",
                "emissions": bounds("885", "3529", "9292"),
                "energy": bounds("1768", "7032", "18522"),
                "tokens": tokens(uncachedInput="300", cacheRead="1000", cacheWrite5m="7", output="58"),
                "requests": "4",
            },
        ],
    }


def _adjustments() -> dict[str, Any]:
    emissions, energy = bounds("-250", "-1501", "-6256"), bounds("-500", "-2002", "-8008")
    return {
        "emissions": emissions,
        "energy": energy,
        "lines": [
            {
                "originStart": "2026-09-01T00:00:00Z",
                "originEnd": "2026-10-01T00:00:00Z",
                "provider": "openai",
                "model": "gpt-5",
                "modelClass": "L",
                "methodologyVersion": "2026.1",
                "emissions": emissions,
                "energy": energy,
                "tokens": tokens(uncachedInput="-1001"),
                "requests": "-2",
            }
        ],
    }


def _credit() -> dict[str, Any]:
    return {
        "registry": "VERRA",
        "projectId": "VCS-2366",
        "projectName": "Katingan Peatland Restoration",
        "hostCountry": "Indonesia",
        "projectType": "Peatland restoration",
        "methodology": "VM0007",
        "methodologyVersion": "1.6",
        "mitigationClass": "reduction",
        "unitType": "Reduction - nature",
        "durabilityYears": None,
        "vintageYear": 2021,
        "serialNumberBlock": "13557-513004457-513004466-VCS-VCU-1289-VER-ID-14-2366-16042021-15102021-0",
        "unitSizeGrams": "1000000",
        "unitBlockStart": "513004457",
        "unitBlockEnd": "513004458",
        "unitStatus": "Retired",
        "fromGram": "1500",
        "toGram": "1504",
        "grams": "4",
        "retiredOn": "2026-10-20",
        "registryRetirementId": "VR-77120",
        "beneficiary": "CarbonLedger customers",
        "onBehalfOf": "On behalf of customers of CarbonLedger",
        "reason": "Emissions of AI usage",
        "accountHolder": "CarbonLedger",
        "unitRegistryLink": "https://registry.verra.org/mymodule/rpt/myRpt.asp?r=206&h=77120",
        "ccpLabel": None,
        "ccpLabelCheckedAt": None,
        "correspondingAdjustmentDeclaration": "Unknown",
        "correspondingAdjustmentStatus": None,
        "evidenceSha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    }


def _root(hashes: Sequence[bytes]) -> bytes:
    """RFC 6962 section 2.1: the largest power of two below goes to the left."""
    if len(hashes) == 1:
        return hashes[0]
    middle = _middle(len(hashes))
    return node_hash(_root(hashes[:middle]), _root(hashes[middle:]))


def _path(hashes: Sequence[bytes], index: int) -> list[bytes]:
    if len(hashes) == 1:
        return []
    middle = _middle(len(hashes))
    if index < middle:
        return [*_path(hashes[:middle], index), _root(hashes[middle:])]
    return [*_path(hashes[middle:], index - middle), _root(hashes[:middle])]


def _middle(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1

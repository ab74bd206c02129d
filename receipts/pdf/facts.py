"""The receipt's single facts, named for people, valued as the JSON has them."""

from collections.abc import Iterator, Mapping
from typing import Any

from receipts.pdf.printing import Printing
from receipts.words import printed

_NAMES = printed.FACT_NAMES


def facts_of(printing: Printing) -> Iterator[tuple[str, str]]:
    """Name and text of each, in the order of printing."""
    receipt, subject = printing.receipt, printing.subject
    yield _NAMES["id"], receipt["id"]
    yield _NAMES["receiptId"], subject["receiptId"]
    yield _NAMES["schema"], receipt["credentialSchema"]["id"]
    yield _NAMES["schemaVersion"], str(subject["schemaVersion"])
    yield _NAMES["tier"], str(subject["tier"])
    yield from ((_NAMES[name], subject["period"][name]) for name in ("start", "end", "closedAt"))
    yield _NAMES["factorSet"], subject["methodology"]["factorSetSha256"]
    yield _NAMES["sealedUsage"], printed.SEALED_USAGE.format(**subject["sealedUsage"])
    yield _NAMES["verificationMethod"], receipt["proof"]["verificationMethod"]
    yield _NAMES["proofValue"], receipt["proof"]["proofValue"]
    if subject["supersedes"] is not None:
        yield printed.SUPERSEDES, f"{subject['supersedes']['serial']} SHA-256 {subject['supersedes']['sha256']}"
    for hole in subject["coverage"]["holes"]:
        yield _NAMES["holes"], f"{hole['start']} {hole['end']}"
    retired = subject["retired"]
    yield _NAMES["retirement"], _members({name: value for name, value in retired.items() if name != "credits"})
    for number, credit in enumerate(retired["credits"], start=1):
        yield _NAMES["credit"].format(number=number), _members(credit)


def _members(mapping: Mapping[str, Any]) -> str:
    """`name value, name value` of each member that is known."""
    return "; ".join(f"{name} {value}" for name, value in mapping.items() if value is not None)

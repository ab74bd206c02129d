"""What each check looks at and what its outcome means, in sentences for people; the same on pages and in answers."""

from collections.abc import Mapping
from typing import TypedDict

from carbonledger.verify.report import CheckName, Outcome


class CheckWords(TypedDict):
    title: str
    passed: str
    failed: str
    not_checked: str


_STOPPED = "Not looked at, because an earlier check failed."

CHECK_WORDS: Mapping[CheckName, CheckWords] = {
    "format": {
        "title": "Form",
        "passed": "The receipt is JSON in its one canonical form, which every reader reads alike.",
        "failed": "This is not a receipt, or not the bytes that were signed: they are not JSON in canonical form.",
        "not_checked": _STOPPED,
    },
    "schema": {
        "title": "Content",
        "passed": "It holds what a receipt holds, and nothing else.",
        "failed": "Something is missing, is written in another way, or does not belong into a receipt.",
        "not_checked": _STOPPED,
    },
    "context": {
        "title": "Vocabulary",
        "passed": "Its words mean what receipts mean by them; nothing was added to redefine them.",
        "failed": "The @context is not that of receipts, so its words could mean something else.",
        "not_checked": _STOPPED,
    },
    "issuer": {
        "title": "Issuer",
        "passed": "It names the issuer that this site stands for.",
        "failed": "It names another issuer, or mixes test receipts and real ones.",
        "not_checked": _STOPPED,
    },
    "key": {
        "title": "Key",
        "passed": "It names a key of this issuer that was good when the receipt was logged.",
        "failed": "It names a key that is not the issuer's, or that was revoked before the receipt was logged.",
        "not_checked": _STOPPED,
    },
    "signature": {
        "title": "Signature",
        "passed": "The key signed exactly these figures; nothing was changed since.",
        "failed": "The key did not sign these figures. Something was changed, or they were never signed.",
        "not_checked": _STOPPED,
    },
    "arithmetic": {
        "title": "Sums",
        "passed": "Models, projects, adjustments and credits add up to the totals, to the digit.",
        "failed": "The lines do not add up to the totals.",
        "not_checked": _STOPPED,
    },
    "inclusion": {
        "title": "In the log",
        "passed": "The public log holds exactly this receipt.",
        "failed": "The log proof does not lead to this receipt.",
        "not_checked": "It takes a log proof (receipt.tlog-proof) that can be read and is signed.",
    },
    "checkpoint": {
        "title": "State of the log",
        "passed": "The log signed the state that this receipt is part of.",
        "failed": "The state of the log that the proof leads to is not signed by the log.",
        "not_checked": "No log proof came with it (receipt.tlog-proof).",
    },
}

OUTCOMES: Mapping[Outcome, str] = {"passed": "Passed", "failed": "Failed", "not_checked": "Not checked"}
MARKS: Mapping[Outcome, str] = {"passed": "✓", "failed": "✕", "not_checked": "–"}

RENDITION_WORDS: CheckWords = {
    "title": "Printed pages",
    "passed": "The PDF is byte for byte the one that was issued, and the public log holds its hash.",
    "failed": "The PDF is not the one that was issued: its pages may say something else than the receipt inside it.",
    "not_checked": "This server did not issue it, so it knows no PDF to compare this one with.",
}

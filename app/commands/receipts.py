"""`carbonledger-server receipts …`: what operators do with receipts, and what they are told of them."""

from core.clock import SystemClock
from core.database import Database, database_urls
from core.errors import InvalidInputError
from core.ids import database_key, public_id
from core.secret_store import secret_store
from core.settings import Settings
from receipts import compromised, voids
from receipts.overview import ReceiptLine, latest_receipts
from receipts.words.voids import ReasonCode

ACTOR = "operator"


def void(settings: Settings, serial: str, *, reason: ReasonCode, note: str, replace: bool) -> str:
    """What came of it, in a sentence. Raises NotFoundError, NotVoidableError, AlreadyVoidError, InvalidInputError."""
    with Database(database_urls(settings), pool_size=2) as database:
        done = voids.void(
            database, secret_store(settings), serial=serial, reason_code=reason, note=note, replace=replace,
            actor=ACTOR, now=SystemClock().now(),
        )  # fmt: skip
    said = f"{serial} is void since {done.voided_at:%Y-%m-%d %H:%M} UTC, as leaf {done.log_index} of the log says"
    return said if done.replaced_by is None else f"{said}; {done.replaced_by} takes its place"


def void_signed_by(settings: Settings, kid: str, *, from_leaf: int, note: str, replace: bool) -> str:
    """A line a receipt. Raises NotFoundError, KeyInUseError, StillOnTheirWayError, InvalidInputError."""
    with Database(database_urls(settings), pool_size=2) as database:
        serials = compromised.void_signed_by(
            database, secret_store(settings), kid=kid, from_leaf=from_leaf, note=note, replace=replace, actor=ACTOR,
            now=SystemClock().now(),
        )  # fmt: skip
    return "\n".join(f"{serial} is void" for serial in serials) or "no receipt of this key stands from that leaf on"


def listed(settings: Settings, *, organization: str | None, at_most: int) -> str:
    """A line a receipt, the last ones first. Raises InvalidInputError for what is no organization's id."""
    org_id = None if organization is None else database_key("org", organization)
    if organization is not None and org_id is None:
        raise InvalidInputError("An organization's id reads org_12.")
    with Database(database_urls(settings), pool_size=1) as database, database.worker() as connection:
        lines = latest_receipts(connection, org_id=org_id, at_most=at_most)
    return "\n".join(_line(line) for line in lines) or "There are no receipts."


def _line(line: ReceiptLine) -> str:
    state = line.state if line.issued_at is None else f"{line.state} {line.issued_at:%Y-%m-%d}"
    told = [
        f"{line.serial}  {public_id('org', line.org_id)}  {line.starts_at:%Y-%m}",
        state if line.void_reason_code is None else f"{state}, void ({line.void_reason_code})",
    ]
    if line.supersedes is not None:
        told.append(f"in place of {line.supersedes}")
    if line.last_error is not None:
        told.append(line.last_error)
    return "; ".join(told)

"""Where an organization is told beside the app and its owners' mail: add, list, test, remove.

URL -> kind allowed, address public -> secret store -> row with the ARN and a mask. `core.owner_notices` writes to them.
"""

from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from app.accounts.names import usable_name
from app.accounts.permissions import require
from app.accounts.principal import Principal, with_present_role
from app.accounts.throttle import Tried, attempt
from app.context import ServerContext
from core.audit import AuditedAct, audit
from core.database import Connection, advisory_key, fetch_one
from core.errors import CarbonLedgerError, ConflictError, NotFoundError
from core.guarded_connections import addresses_of, is_public
from core.ids import public_id
from core.send import PrivateAddressError, send_to_target
from core.target_urls import TargetKind, TargetUrl, UnusableTargetError, parse_target

MOST_TARGETS = 10
_COLUMNS = "id, kind, label, masked, created_at, last_tried_at, last_error_code"


class TooManyTargetsError(ConflictError):
    code = "too-many-targets"

    def __init__(self) -> None:
        super().__init__(f"An organization has {MOST_TARGETS} notification targets at most. Remove one first.")


class TargetNotFoundError(NotFoundError):
    code = "target-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such notification target.")


@dataclass(frozen=True, slots=True)
class TargetView:
    """`last_error_code` None: the last message arrived, or none was tried yet."""

    id: int
    kind: TargetKind
    label: str
    masked: str
    created_at: datetime
    last_tried_at: datetime | None
    last_error_code: str | None


def list_targets(context: ServerContext, principal: Principal) -> list[TargetView]:
    """Oldest first. Raises ForbiddenError."""
    require(principal, "notifications:write")
    with context.database.tenant(principal.org_id) as connection:
        rows = connection.execute(
            f"select {_COLUMNS} from ops.notification_targets where org_id = %s and removed_at is null order by id",
            [principal.org_id],
        ).fetchall()
    return [TargetView(**row) for row in rows]


def add_target(
    context: ServerContext, principal: Principal, *, url: SecretStr, label: str | None, now: datetime
) -> TargetView:
    """Nothing is sent there yet. Raises ForbiddenError, UnusableTargetError, PrivateAddressError, TooManyTargetsError,
    TooManyAttemptsError, and InvalidInputError for an unusable label.
    """
    require(principal, "notifications:write")
    target = parse_target(url)
    name = target.masked if label is None else usable_name(label, what="The target's label", longest=80)
    attempt(context.database, "target", Tried(org_id=principal.org_id), now=now)
    _check_address(target, private_allowed=context.settings.allow_private_targets)
    arn = context.secrets.put(f"org_{principal.org_id}/notification-target", SecretStr(target.url))
    try:
        with context.database.tenant(principal.org_id) as connection:
            require(with_present_role(connection, principal), "notifications:write")
            _check_room(connection, principal.org_id)
            row = fetch_one(
                connection,
                "insert into ops.notification_targets (org_id, kind, label, masked, secret_arn, created_at)"
                f" values (%s, %s, %s, %s, %s, %s) returning {_COLUMNS}",
                [principal.org_id, target.kind, name, target.masked, arn, now],
            )
            _audit(connection, principal, "notification-target.added", row["id"], reason=target.kind, now=now)
    except BaseException:
        context.secrets.delete(arn)
        raise
    return TargetView(**row)


def remove_target(context: ServerContext, principal: Principal, target_id: int, *, now: datetime) -> None:
    """What still waits for it is not sent. The secret goes first: killed after that, removing again finishes the work.

    Raises ForbiddenError and TargetNotFoundError.
    """
    require(principal, "notifications:write")
    with context.database.tenant(principal.org_id) as connection:
        context.secrets.delete(_arn(connection, principal.org_id, target_id))
        connection.execute(
            "update ops.notification_targets set secret_arn = null, removed_at = %s where org_id = %s and id = %s",
            [now, principal.org_id, target_id],
        )
        _audit(connection, principal, "notification-target.removed", target_id, reason=None, now=now)


def try_target(
    context: ServerContext, principal: Principal, target_id: int, *, now: datetime
) -> CarbonLedgerError | None:
    """Send a message there now, outside of the outbox. None: the receiving server took it; else why it did not arrive.

    Raises ForbiddenError, TargetNotFoundError, TooManyAttemptsError, and what the secret store raises.
    """
    require(principal, "notifications:write")
    with context.database.tenant(principal.org_id) as connection:
        arn = _arn(connection, principal.org_id, target_id)
    attempt(context.database, "target", Tried(org_id=principal.org_id), now=now)
    url = context.secrets.get(arn)
    error: CarbonLedgerError | None = None
    try:
        send_to_target(
            context.settings,
            url,
            title="CarbonLedger: a test",
            body=f"What owners of an organization are told at {context.settings.public_url} comes here too.",
        )
    except CarbonLedgerError as refusal:
        error = refusal
    outcome = "delivered" if error is None else error.code
    with context.database.tenant(principal.org_id) as connection:
        connection.execute(
            "update ops.notification_targets set last_tried_at = %s, last_error_code = %s"
            " where org_id = %s and id = %s",
            [now, None if error is None else error.code, principal.org_id, target_id],
        )
        _audit(connection, principal, "notification-target.tested", target_id, reason=outcome, now=now)
    return error


def _check_address(target: TargetUrl, *, private_allowed: bool) -> None:
    """For a plain answer now; what is connected to later is looked at again, whatever the name resolves to then."""
    if target.host is None:
        return
    addresses = addresses_of(target.host)
    if not addresses:
        raise UnusableTargetError("The host of this URL cannot be found. Check its name.")
    if not private_allowed and not all(is_public(address) for address in addresses):
        raise PrivateAddressError


def _check_room(connection: Connection, org_id: int) -> None:
    connection.execute("select pg_advisory_xact_lock(%s, %s)", advisory_key("notification-targets", org_id))
    present = fetch_one(
        connection,
        "select count(*) as count from ops.notification_targets where org_id = %s and removed_at is null",
        [org_id],
    )
    if present["count"] >= MOST_TARGETS:
        raise TooManyTargetsError


def _arn(connection: Connection, org_id: int, target_id: int) -> str:
    row = connection.execute(
        "select secret_arn from ops.notification_targets"
        " where org_id = %s and id = %s and removed_at is null for update",
        [org_id, target_id],
    ).fetchone()
    if row is None:
        raise TargetNotFoundError
    return str(row["secret_arn"])


def _audit(
    connection: Connection,
    principal: Principal,
    act: AuditedAct,
    target_id: int,
    *,
    reason: str | None,
    now: datetime,
) -> None:
    audit(
        connection,
        principal.org_id,
        actor=principal.actor,
        act=act,
        subject=public_id("target", target_id),
        now=now,
        reason=reason,
    )

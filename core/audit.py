"""The audit log: who did what to whom, one row an act, in the act's own transaction."""

from datetime import datetime
from typing import Literal

from core.database import Connection

OPERATOR = "operator"
"""Who acts by the command line."""

AuditedAct = Literal[
    "organization.created",
    "organization.legal-name-changed",
    "organization.deletion-requested",
    "session.started",
    "session.ended",
    "session.ended-elsewhere",
    "password.reset",
    "password.changed",
    "invitation.sent",
    "invitation.withdrawn",
    "invitation.accepted",
    "member.role-changed",
    "member.removed",
    "api-key.created",
    "api-key.revoked",
    "billing.checkout-started",
    "billing.plan-changed",
    "billing.cancelled",
    "billing.resumed",
    "billing.hold-lifted",
    "connection.connected",
    "connection.renamed",
    "connection.reauthenticated",
    "connection.endpoint-changed",
    "connection.sync-requested",
    "connection.reread-requested",
    "connection.deleted",
    "project.created",
    "project.renamed",
    "project.archived",
    "project.restored",
    "project.made-default",
    "mapping.changed",
    "correction.made",
    "correction.withdrawn",
    "receipt.voided",
    "notification-target.added",
    "notification-target.tested",
    "notification-target.removed",
    "budget.created",
    "budget.changed",
    "budget.paused",
    "budget.resumed",
    "budget.removed",
]


def audit(
    connection: Connection,
    org_id: int,
    *,
    actor: str,
    act: AuditedAct,
    subject: str,
    now: datetime,
    reason: str | None = None,
) -> None:
    """`actor` and `subject` are public ids; `reason` says what changed. Never an e-mail, a token or a key."""
    connection.execute(
        "insert into ops.audit_log (org_id, at, actor, act, subject, reason) values (%s, %s, %s, %s, %s, %s)",
        [org_id, now, actor, act, subject, reason],
    )

"""What we read of Stripe's objects: frozen, with instants instead of epoch seconds and ids instead of expanded objects.

Plain mapping (an SDK object's to_dict, or JSON) -> dataclass. Fields of API version 2026-10-28.endive: a period belongs
to a subscription's item, an invoice names its subscription in `parent`, a line its price in `pricing`. A field that is
not there is UnreadableStripeObjectError, never a default.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from billing.errors import UnreadableStripeObjectError

Plain = Mapping[str, Any]
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Price:
    id: str
    lookup_key: str | None
    unit_amount_cents: int | None
    currency: str
    interval: str | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """`item_id` is that of its one plan; `current_*` are of that item."""

    id: str
    customer_id: str
    status: str
    item_id: str
    price: Price
    started_at: datetime
    current_started_at: datetime
    current_ended_at: datetime
    trial_started_at: datetime | None
    trial_ended_at: datetime | None
    cancels_at_period_end: bool
    cancel_at: datetime | None
    ended_at: datetime | None
    is_collection_paused: bool
    has_pending_update: bool
    latest_invoice_id: str | None


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A line that pays for a subscription's item; others are not read."""

    id: str
    subscription_id: str
    price_id: str
    started_at: datetime
    ended_at: datetime
    is_proration: bool
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Invoice:
    id: str
    subscription_id: str | None
    billing_reason: str
    status: str
    currency: str
    total_cents: int
    amount_paid_cents: int
    attempt_count: int
    hosted_invoice_url: str | None
    created_at: datetime
    paid_at: datetime | None
    lines: tuple[InvoiceLine, ...]
    has_more_lines: bool


@dataclass(frozen=True, slots=True)
class Charge:
    id: str
    customer_id: str | None
    payment_intent_id: str | None
    refunded_cents: int
    was_disputed: bool


@dataclass(frozen=True, slots=True)
class CheckoutOrder:
    """What a Checkout session is made of. `reference` is the organization's; `anchored_at` its first full period."""

    customer_id: str
    reference: str
    price_id: str
    anchored_at: datetime
    metadata: Mapping[str, str]
    success_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True)
class CheckoutSession:
    id: str
    url: str | None
    status: str | None
    created_at: datetime
    expires_at: datetime
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StripeEvent:
    """An event's envelope: what kind of thing happened, and when."""

    id: str
    type: str
    api_version: str | None
    is_livemode: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class EventSubject:
    """Whom an event is about: a dispute names its charge only, everything else its customer."""

    customer_id: str | None
    charge_id: str | None


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def read(kind: str, reader: Callable[[Plain], Read], plain: Plain) -> Read:
    """`reader(plain)`, or UnreadableStripeObjectError that names the field, not its value."""
    try:
        return reader(plain)
    except KeyError as error:
        raise UnreadableStripeObjectError(kind, f"it lacks {error}") from None
    except (TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise UnreadableStripeObjectError(kind, type(error).__name__) from None


def price(plain: Plain) -> Price:
    """A price that lost its lookup key to a newer one keeps it in its metadata."""
    recurring = plain["recurring"]
    return Price(
        id=plain["id"],
        lookup_key=plain["lookup_key"] or plain["metadata"].get("carbonledger_lookup_key"),
        unit_amount_cents=plain["unit_amount"],
        currency=plain["currency"],
        interval=None if recurring is None else recurring["interval"],
    )


def subscription(plain: Plain) -> Subscription:
    item = plain["items"]["data"][0]
    return Subscription(
        id=plain["id"],
        customer_id=_id(plain["customer"]),
        status=plain["status"],
        item_id=item["id"],
        price=price(item["price"]),
        started_at=instant(plain["start_date"]),
        current_started_at=instant(item["current_period_start"]),
        current_ended_at=instant(item["current_period_end"]),
        trial_started_at=_optional_instant(plain["trial_start"]),
        trial_ended_at=_optional_instant(plain["trial_end"]),
        cancels_at_period_end=plain["cancel_at_period_end"],
        cancel_at=_optional_instant(plain["cancel_at"]),
        ended_at=_optional_instant(plain["ended_at"]),
        is_collection_paused=plain["pause_collection"] is not None,
        has_pending_update=plain["pending_update"] is not None,
        latest_invoice_id=_optional_id(plain["latest_invoice"]),
    )


def invoice(plain: Plain) -> Invoice:
    parent = plain["parent"]
    details = None if parent is None else parent["subscription_details"]
    lines = plain["lines"]
    return Invoice(
        id=plain["id"],
        subscription_id=None if details is None else _optional_id(details["subscription"]),
        billing_reason=plain["billing_reason"] or "unknown",
        status=plain["status"] or "draft",
        currency=plain["currency"],
        total_cents=plain["total"],
        amount_paid_cents=plain["amount_paid"],
        attempt_count=plain["attempt_count"],
        hosted_invoice_url=plain["hosted_invoice_url"],
        created_at=instant(plain["created"]),
        paid_at=_optional_instant(plain["status_transitions"]["paid_at"]),
        lines=plan_lines(lines["data"]),
        has_more_lines=lines["has_more"],
    )


def plan_lines(lines: list[Plain]) -> tuple[InvoiceLine, ...]:
    """The lines that a subscription's item made; invoice items of ours and a bank's corrections are none."""
    read_lines = (_plan_line(line) for line in lines)
    return tuple(line for line in read_lines if line is not None)


def _plan_line(plain: Plain) -> InvoiceLine | None:
    parent = plain["parent"]
    if parent is None or plain["pricing"] is None:
        return None
    details = parent["subscription_item_details"] or parent["invoice_item_details"]
    if details is None or details["subscription"] is None:
        return None
    return InvoiceLine(
        id=plain["id"],
        subscription_id=_id(details["subscription"]),
        price_id=_id(plain["pricing"]["price_details"]["price"]),
        started_at=instant(plain["period"]["start"]),
        ended_at=instant(plain["period"]["end"]),
        is_proration=details["proration"],
        amount_cents=plain["amount"],
    )


def charge(plain: Plain) -> Charge:
    return Charge(
        id=plain["id"],
        customer_id=_optional_id(plain["customer"]),
        payment_intent_id=_optional_id(plain["payment_intent"]),
        refunded_cents=plain["amount_refunded"],
        was_disputed=plain["disputed"],
    )


def checkout_session(plain: Plain) -> CheckoutSession:
    return CheckoutSession(
        id=plain["id"],
        url=plain["url"],
        status=plain["status"],
        created_at=instant(plain["created"]),
        expires_at=instant(plain["expires_at"]),
        metadata=dict(plain["metadata"] or {}),
    )


def event(plain: Plain) -> StripeEvent:
    return StripeEvent(
        id=plain["id"],
        type=plain["type"],
        api_version=plain["api_version"],
        is_livemode=plain["livemode"],
        created_at=instant(plain["created"]),
    )


def event_subject(plain: Plain) -> EventSubject:
    """Of an event about a subscription, an invoice, a Checkout session, a charge, a dispute or a credit note."""
    about = plain["data"]["object"]
    if about["object"] == "dispute":
        return EventSubject(customer_id=None, charge_id=_id(about["charge"]))
    return EventSubject(customer_id=_optional_id(about["customer"]), charge_id=None)


def _optional_instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else instant(seconds)


def _id(expandable: Any) -> str:
    identifier = expandable if isinstance(expandable, str) else expandable["id"]
    return str(identifier)


def _optional_id(expandable: Any) -> str | None:
    return None if expandable is None else _id(expandable)

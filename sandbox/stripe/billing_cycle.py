"""Where billing periods begin: so many months or days from the anchor, on its day of the month or the month's last.

Always counted from the anchor, so that an anchor on the 31st gives Feb 28 and then Mar 31 (docs.stripe.com/billing/
subscriptions/billing-cycle).
"""

from calendar import monthrange
from datetime import UTC, datetime

from sandbox.stripe.proration import Span
from sandbox.stripe.refusal import Object

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


def boundary(anchor: int, price: Object, count: int) -> int:
    """The start of the period number `count` from the anchor; negative numbers lie before it."""
    interval, steps = price["recurring"]["interval"], int(price["recurring"]["interval_count"]) * count
    if interval in _DAYS:
        return anchor + steps * _DAYS[interval] * 86_400
    at = datetime.fromtimestamp(anchor, UTC)
    year, month = divmod(at.year * 12 + at.month - 1 + steps * _MONTHS[interval], 12)
    day = min(at.day, monthrange(year, month + 1)[1])
    return int(at.replace(year=year, month=month + 1, day=day).timestamp())


def period_at(anchor: int, price: Object, instant: int) -> Span:
    """The whole period that contains the instant, be the anchor before it or after."""
    count = (instant - anchor) // _longest_seconds(price)  # near enough to walk from
    while boundary(anchor, price, count) > instant:
        count -= 1
    while boundary(anchor, price, count + 1) <= instant:
        count += 1
    return Span(boundary(anchor, price, count), boundary(anchor, price, count + 1))


def _longest_seconds(price: Object) -> int:
    interval, steps = price["recurring"]["interval"], price["recurring"]["interval_count"]
    days = _DAYS[interval] if interval in _DAYS else 31 * _MONTHS[interval]
    return int(days * steps * 86_400)

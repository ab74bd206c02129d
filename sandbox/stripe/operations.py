"""Every operation of the API that is played, by method and path."""

import re
from collections.abc import Iterable

from sandbox.stripe import (
    catalogue,
    checkout_sessions,
    credit_notes,
    customers,
    disputes,
    events,
    invoice_lines,
    invoice_requests,
    payment_methods,
    payments,
    portal_configurations,
    portal_sessions,
    refunds,
    subscription_items,
    subscription_requests,
    test_clocks,
    webhook_endpoints,
)
from sandbox.stripe.call import Operation, Route
from sandbox.stripe.refusal import RefusedError

_PARTS = (
    catalogue,
    checkout_sessions,
    credit_notes,
    customers,
    disputes,
    events,
    invoice_lines,
    invoice_requests,
    payment_methods,
    payments,
    portal_configurations,
    portal_sessions,
    refunds,
    subscription_items,
    subscription_requests,
    test_clocks,
    webhook_endpoints,
)


def operation_for(method: str, path: str) -> tuple[Operation, dict[str, str]]:
    """What answers the request, and the ids in its path. Raises RefusedError for what the sandbox has not."""
    for known_method, pattern, operation in _TABLE:
        match = pattern.fullmatch(path)
        if known_method == method and match is not None:
            return operation, match.groupdict()
    raise RefusedError(f"Unrecognized request URL ({method}: {path}).", status=404, saved=False)


def _compiled(routes: Iterable[Route]) -> list[tuple[str, re.Pattern[str], Operation]]:
    """Fixed paths before those with an id in the same place: `/search` is no customer."""
    return [
        (method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), operation)
        for method, path, operation in sorted(routes, key=lambda route: "{" in route[1])
    ]


_TABLE = _compiled(route for part in _PARTS for route in part.ROUTES)

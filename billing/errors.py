"""What can go wrong between us and Stripe.

PermanentError
├── BillingNotConfiguredError    this installation has no Stripe key
├── CardDeclinedError            the bank said no; another card may do
├── StripeRefusedError           Stripe refused what we asked: our key, our account's set-up or our request
├── UnreadableStripeObjectError  Stripe answered in a shape that we do not know
├── UnknownPriceError            a subscription has a price that no tier has
├── BadSignatureError            a webhook that Stripe did not sign, or not now
└── ConflictError
    ├── AlreadySubscribedError   one subscription an organization
    ├── NotSubscribedError       there is nothing to change
    ├── PlanChangePendingError   an earlier change waits for its payment
    └── PriceMissingError        Stripe has no such price
TransientError
└── StripeUnavailableError       not reached, too busy, or another request holds the object

Their sentences are ours: Stripe's own may repeat a part of the key, and a card's answer is the bank's.
"""

from core.errors import ConflictError, InvalidInputError, PermanentError, TransientError


class BillingNotConfiguredError(ConflictError):
    code = "billing-not-configured"

    def __init__(self) -> None:
        super().__init__(
            "This installation has no Stripe key, so nothing can be bought here. Its operator sets"
            " CARBONLEDGER_STRIPE_SECRET_KEY and CARBONLEDGER_STRIPE_WEBHOOK_SECRET."
        )


class CardDeclinedError(PermanentError):
    code = "card-declined"

    def __init__(self) -> None:
        super().__init__("The card was declined. Put another one in the customer portal, then try again.")


class StripeRefusedError(PermanentError):
    """`reason` is a class or a code of Stripe's, never its message."""

    code = "stripe-refused"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"Stripe refused the request ({reason}). The operator finds it in Stripe's request log.")


class UnreadableStripeObjectError(PermanentError):
    code = "unreadable-stripe-object"

    def __init__(self, kind: str, missing: str) -> None:
        super().__init__(f"Stripe's {kind} is not in the shape of the API version that we ask for: {missing}.")


class UnknownPriceError(PermanentError):
    code = "unknown-price"

    def __init__(self, lookup_key: str | None) -> None:
        self.lookup_key = lookup_key
        super().__init__(f"No tier has the price {lookup_key!r}. Give the price one of the lookup keys of the tiers.")


class BadSignatureError(InvalidInputError):
    code = "bad-signature"

    def __init__(self, reason: str) -> None:
        super().__init__(f"This webhook was not accepted: {reason}.")


class AlreadySubscribedError(ConflictError):
    code = "already-subscribed"

    def __init__(self) -> None:
        super().__init__("The organization has a subscription already. Change its plan instead of buying a second one.")


class NotSubscribedError(ConflictError):
    code = "not-subscribed"

    def __init__(self) -> None:
        super().__init__("The organization has no subscription that could be changed. Choose a tier first.")


class PlanChangePendingError(ConflictError):
    code = "plan-change-pending"

    def __init__(self) -> None:
        super().__init__("An earlier change of the plan waits for its payment. Pay its invoice or wait a day.")


class PriceMissingError(ConflictError):
    code = "price-missing"

    def __init__(self, lookup_key: str) -> None:
        self.lookup_key = lookup_key
        super().__init__(f"Stripe has no active price {lookup_key}, so this cannot be bought here.")


class StripeUnavailableError(TransientError):
    code = "stripe-unavailable"

    def __init__(self) -> None:
        super().__init__("Stripe did not answer, or asked us to wait. Try again in a minute.")

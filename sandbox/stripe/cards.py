"""Stripe's published test cards (docs.stripe.com/testing): what a number, or a named test method, stands for.

A number goes in here and nowhere else; brand, last four digits and behaviour come out.
"""

from dataclasses import dataclass
from enum import StrEnum

from sandbox.stripe.refusal import RefusedError, declined


class Behaviour(StrEnum):
    """What the bank says."""

    GOOD = "good"
    DECLINED = "card_declined"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    EXPIRED = "expired_card"
    FAILS_ON_CHARGE = "fails_on_charge"
    NEEDS_AUTHENTICATION = "authentication_required"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Card:
    brand: str
    last4: str
    behaviour: Behaviour


REFUSED_AT_ATTACH = {Behaviour.DECLINED, Behaviour.INSUFFICIENT_FUNDS, Behaviour.EXPIRED}

_NUMBERS = {
    "4242424242424242": ("visa", Behaviour.GOOD),
    "4000056655665556": ("visa", Behaviour.GOOD),
    "5555555555554444": ("mastercard", Behaviour.GOOD),
    "378282246310005": ("amex", Behaviour.GOOD),
    "4000000000000002": ("visa", Behaviour.DECLINED),
    "4000000000009995": ("visa", Behaviour.INSUFFICIENT_FUNDS),
    "4000000000000069": ("visa", Behaviour.EXPIRED),
    "4000000000000341": ("visa", Behaviour.FAILS_ON_CHARGE),
    "4000002500003155": ("visa", Behaviour.NEEDS_AUTHENTICATION),
    "4000000000000259": ("visa", Behaviour.DISPUTED),
}

_NAMED = {
    "card_visa": "4242424242424242",
    "card_visa_debit": "4000056655665556",
    "card_mastercard": "5555555555554444",
    "card_amex": "378282246310005",
    "card_visa_chargeDeclined": "4000000000000002",
    "card_chargeDeclined": "4000000000000002",
    "card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "card_chargeCustomerFail": "4000000000000341",
    "card_authenticationRequiredOnSetup": "4000002500003155",
    "card_createDispute": "4000000000000259",
}

_MESSAGES = {
    Behaviour.DECLINED: ("card_declined", "generic_decline", "Your card was declined."),
    Behaviour.FAILS_ON_CHARGE: ("card_declined", "generic_decline", "Your card was declined."),
    Behaviour.INSUFFICIENT_FUNDS: ("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    Behaviour.EXPIRED: ("expired_card", "expired_card", "Your card has expired."),
    Behaviour.NEEDS_AUTHENTICATION: (
        "authentication_required",
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
}


def card_of(number: str) -> Card:
    """Raises a 402: `incorrect_number` for a slip of the pen, a decline for a number that is no test card's."""
    digits = "".join(character for character in number if character not in " -")
    if not digits.isascii() or not digits.isdigit() or not 12 <= len(digits) <= 19 or not _passes_luhn(digits):
        raise declined("Your card number is incorrect.", code="incorrect_number", param="number")
    if digits not in _NUMBERS:
        raise declined(
            "Your card was declined. Your request was in test mode, but used a non test card.",
            code="card_declined",
            decline_code="test_mode_live_card",
        )
    brand, behaviour = _NUMBERS[digits]
    return Card(brand, digits[-4:], behaviour)


def named_card(name: str) -> Card | None:
    """The card of `pm_card_visa`, `tok_visa` and the like; None for another name."""
    number = _NAMED.get(name.removeprefix("pm_")) or _NAMED.get("card_" + name.removeprefix("tok_"))
    return card_of(number) if number else None


def decline_of(behaviour: Behaviour) -> RefusedError | None:
    """The bank's answer to a charge: None if it pays."""
    if behaviour not in _MESSAGES:
        return None
    code, decline_code, message = _MESSAGES[behaviour]
    return declined(message, code=code, decline_code=decline_code)


def _passes_luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0

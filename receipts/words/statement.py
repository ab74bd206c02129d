"""The statement that a receipt makes, in words that claim nothing beyond it.

Emissions are stated gross and credits apart from them: nothing is subtracted, nothing is said to be undone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from receipts import quantities
from receipts.words import dates

NOTHING_ALLOTTED = "No credits are allotted to this receipt."
MOST_SHARES = 3  # that are named in the statement itself; nobody reads more serial numbers in a sentence
CONTRIBUTION = "This is a contribution; it does not reduce the emissions stated above."


def statement(
    *,
    legal_name: str,
    period: Mapping[str, str],
    methodology_version: str,
    emissions: Mapping[str, str],
    credits: Sequence[Mapping[str, Any]],  # noqa: A002 - the receipt's own word
) -> str:
    """The statement of a receipt with these members of `credentialSubject` (`credits`: those of `retired`)."""
    low, central, high = (quantities.mass(int(emissions[name])) for name in ("low", "central", "high"))
    stated = (
        f"Estimated gross emissions of the AI usage of {legal_name} in {dates.period(period['start'], period['end'])}: "
        f"{central} CO2e (range {low} to {high}), location-based, method {methodology_version}, "
        "modelled, not measured."
    )
    if not credits:
        return f"{stated} {NOTHING_ALLOTTED}"
    return f"{stated} Separately, credits were retired: {_shares(credits)}. {CONTRIBUTION}"


def _shares(credits: Sequence[Mapping[str, Any]]) -> str:  # noqa: A002 - as above
    if len(credits) <= MOST_SHARES:
        return "; ".join(_share(credit) for credit in credits)
    grams = quantities.grams(sum(int(credit["grams"]) for credit in credits))
    return (
        f"{grams} in {len(credits)} shares of retirements, each listed in this receipt with its registry, project,"
        " serial numbers, date and beneficiary"
    )


def _share(credit: Mapping[str, Any]) -> str:
    return (
        f"{quantities.grams(int(credit['grams']))} of {credit['registry']} project {credit['projectId']} "
        f"(serial numbers {credit['serialNumberBlock']}) on {dates.day(credit['retiredOn'])} "
        f"in the name of {credit['beneficiary']}"
    )

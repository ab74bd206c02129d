"""The statement, word for word: it is signed, and people repeat it."""

from receipts.words.statement import statement

PERIOD = {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"}
EMISSIONS = {"low": "190000000", "central": "1020000000", "high": "7500000000"}
CREDIT = {
    "grams": "1020",
    "registry": "Verra",
    "projectId": "VCS-2366",
    "serialNumberBlock": "13557-1-10",
    "retiredOn": "2026-10-20",
    "beneficiary": "CarbonLedger customers",
}


def test_emissions_are_stated_gross_and_credits_apart() -> None:
    said = statement(
        legal_name="Acme", period=PERIOD, methodology_version="2026.1", emissions=EMISSIONS, credits=[CREDIT, CREDIT]
    )
    share = (
        "1,020 g of Verra project VCS-2366 (serial numbers 13557-1-10) on 20 October 2026 in the name of CarbonLedger"
        " customers"
    )
    assert said == (
        "Estimated gross emissions of the AI usage of Acme in October 2026: 1.0 kg CO2e (range 190 g to 7.5 kg),"
        " location-based, method 2026.1, modelled, not measured. Separately, credits were retired:"
        f" {share}; {share}. This is a contribution; it does not reduce the emissions stated above."
    )


def test_many_shares_are_added_up_and_the_receipt_lists_them() -> None:
    said = statement(
        legal_name="Acme", period=PERIOD, methodology_version="2026.1", emissions=EMISSIONS, credits=[CREDIT] * 4
    )
    assert (
        "Separately, credits were retired: 4,080 g in 4 shares of retirements, each listed in this receipt with its"
        " registry, project, serial numbers, date and beneficiary. This is a contribution;"
    ) in said


def test_without_credits_it_says_that_there_are_none() -> None:
    said = statement(legal_name="Acme", period=PERIOD, methodology_version="2026.1", emissions=EMISSIONS, credits=[])
    assert said.endswith("modelled, not measured. No credits are allotted to this receipt.")

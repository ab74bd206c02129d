"""Figures read alike on the page that verifies in the browser, on the other pages and on paper."""

import pytest
from playwright.sync_api import Browser

from receipts import quantities
from tests.app.verification.published import Published

pytestmark = [pytest.mark.browser, pytest.mark.database]

IN_THE_PAGE = """
    async ([address, amounts]) => {
        const { mass, energy } = await import(address);
        return amounts.map((amount) => [mass(amount), energy(amount)]);
    }
"""
LEADING = (1, 15, 94, 95, 99, 105, 115, 995, 999, 1234, 995_001)


def test_masses_and_energies_have_the_same_digits_and_units(published: Published, browser: Browser) -> None:
    amounts = [0, *(sign * lead * 10**zeros for sign in (1, -1) for lead in LEADING for zeros in range(18))]
    page = browser.new_page()
    page.goto(f"{published.url}/verify")
    [script] = page.eval_on_selector_all("script[src]", "(scripts) => scripts.map((script) => script.src)")
    address = script.replace("verify_page.js", "quantities.js")
    in_the_page = page.evaluate(IN_THE_PAGE, [address, [str(amount) for amount in amounts]])
    page.close()
    assert in_the_page == [[quantities.mass(amount), quantities.energy(amount)] for amount in amounts]

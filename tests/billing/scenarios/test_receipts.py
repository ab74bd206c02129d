"""What a closed month ends in: a receipt that anybody can check. Also scenario 30."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from carbonledger.verify.pdf import embedded_files, verify_pdf
from carbonledger.verify.receipt import verify_receipt

from receipts.keys.signing_keys import revoke, rotate
from tests.app.dashboard.browser import PATIENCE_MS, chromium
from tests.app.verification.test_in_browser import give, heading, outcomes
from tests.billing.scenarios.issuer import Issuer, verified_by_command, with_keys
from tests.billing.scenarios.story import (
    CLOSED,
    MILLION_TOKENS,
    MILLION_TOKENS_GRAMS,
    MILLION_TOKENS_MICROGRAMS,
    Story,
)
from tests.receipts.outside.test_outside_clients import by_node, by_openssl, needs_node, needs_openssl

pytestmark = pytest.mark.database


def a_month(story: Story) -> tuple[Issuer, dict[str, Any]]:
    """Usage, upgrade, invoice, the month's end, 48 hours, close: the issuer and its receipt, as the API lists it."""
    issuer = with_keys(story)
    story.imports_credits(tonnes=1)
    story.uses(MILLION_TOKENS, on="2026-11-09T10:00:00")  # free still
    story.buys()
    story.uses(MILLION_TOKENS, on="2026-11-15T10:00:00")
    story.lives_until("2026-12-01T00:00:00")
    story.lives_until("2026-12-02T23:59:00")
    assert (issuer.issues(), issuer.receipts()) == (0, [])  # the 48 hours are not over
    story.closes_at("2026-12-03T00:00:00")
    assert story.states_of(story.paid_periods()[0]) == CLOSED
    assert issuer.issues() > 0
    assert issuer.issues() == 0
    (receipt,) = issuer.receipts()
    assert receipt["state"] == "issued"
    return issuer, receipt


def test_a_month_ends_in_a_receipt_that_a_third_party_verifies(story: Story, tmp_path: Path) -> None:
    issuer, receipt = a_month(story)
    assert receipt["retired_grams"] == MILLION_TOKENS_GRAMS
    assert receipt["co2e_grams"]["central"] == "288.131556"
    file = issuer.hand_out(receipt["serial"], tmp_path)
    document, proof, pdf = (file.with_suffix(name).read_bytes() for name in (".json", ".tlog-proof", ".pdf"))
    subject = json.loads(document)["credentialSubject"]
    assert subject["emissions"]["central"] == str(MILLION_TOKENS_MICROGRAMS)
    assert subject["usage"]["tokens"]["output"] == str(MILLION_TOKENS)
    assert subject["period"] == {
        "start": "2026-11-10T09:00:00Z",
        "end": "2026-12-01T00:00:00Z",
        "closedAt": "2026-12-03T00:00:00Z",
    }
    assert [credit["grams"] for credit in subject["retired"]["credits"]] == [str(MILLION_TOKENS_GRAMS)]
    assert [key for key in story.notices() if key.startswith("receipt_issued")] == ["receipt_issued"]

    found = story.shop.api.get(f"/verify/{receipt['serial']}").json()  # without a log-in
    assert (found["serial"], found["isValid"], found["status"]["state"]) == (receipt["serial"], True, "valid")
    assert found["sha256"] == hashlib.sha256(document).hexdigest()
    assert verify_receipt(document, trust=issuer.trust(), proof=proof).is_valid
    assert verify_pdf(pdf, trust=issuer.trust()).is_valid
    assert embedded_files(pdf)["receipt.json"] == document
    ended = verified_by_command(file)
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (0, "VALID"), ended.stdout + ended.stderr
    file.write_bytes(document.replace(b'"288131556"', b'"288131555"'))
    assert verified_by_command(file).returncode == 1


@needs_node
@needs_openssl
@pytest.mark.browser
def test_and_that_clients_and_browsers_verify_without_our_server(story: Story, tmp_path: Path) -> None:
    issuer, receipt = a_month(story)
    file = issuer.hand_out(receipt["serial"], tmp_path)
    document, proof = file.read_bytes(), file.with_suffix(".tlog-proof").read_bytes()
    public_key = issuer.trust().receipt_keys[receipt["kid"]].public_key
    assert by_openssl(tmp_path, document, public_key)
    assert by_node(tmp_path, issuer.did_document(), month=document)["month"]["verified"] is True
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(str(story.shop.api.base_url.join("/verify")))
        page.wait_for_selector("html[data-ready]")
        give(page, (file.name, document), ("receipt.tlog-proof", proof))
        assert heading(page) == "This receipt is genuine"
        assert set(outcomes(page).values()) == {"passed"}
        page.close()


def test_scenario_30_a_signing_key_is_replaced_and_what_it_signed_stays_good(story: Story) -> None:
    issuer = with_keys(story)
    story.imports_credits(tonnes=1)
    story.buys()
    story.uses(MILLION_TOKENS, on="2026-11-15T10:00:00")
    story.lives_until("2026-12-01T00:00:00")
    story.closes_at("2026-12-03T00:00:00")
    issuer.issues()
    story.uses(2 * MILLION_TOKENS, on="2026-12-15T10:00:00")
    story.lives_until("2027-01-01T00:00:00")
    shop = story.shop
    replaced = rotate(shop.database, shop.context.secrets, purpose="receipt", now=shop.clock.now())
    story.closes_at("2027-01-03T00:00:00")
    issuer.issues()
    november, december = issuer.receipts()
    assert (november["kid"], december["kid"]) == (replaced.kid, replaced.new_kid)
    assert all_verify(issuer)

    revoke(shop.database, shop.context.secrets, replaced.kid, reason="its machine was lost", now=shop.clock.now())
    assert all_verify(issuer)  # both were in the log before that
    states = {key["kid"]: key["state"] for key in json.loads(issuer.key_history())["keys"]}
    assert (states[replaced.kid], states[str(replaced.new_kid)]) == ("revoked", "active")


def all_verify(issuer: Issuer) -> bool:
    """Each receipt and its PDF, believing the keys as they are published now."""
    trust, found = issuer.trust(), []
    for receipt in issuer.receipts():
        document, proof, pdf = (
            issuer.get(f"/v1/receipts/{receipt['serial']}{name}").content for name in (".json", ".tlog-proof", ".pdf")
        )
        found.append(verify_receipt(document, trust=trust, proof=proof).is_valid)
        found.append(verify_pdf(pdf, trust=trust).is_valid)
        found.append(issuer.story.shop.api.get(f"/verify/{receipt['serial']}").json()["isValid"])
    return found == [True] * 6

"""When a log key was revoked: proofs under it count no more, and whoever asks us is answered with one that does."""

from pathlib import Path

import httpx
import pytest

from app.api.application import create_api
from app.context import ServerContext
from core.database import Database
from receipts.keys.published import published_keys
from receipts.keys.signing_keys import revoke
from tests.app.serving import serving
from tests.receipts.issued_receipts import ISSUED_AT, issued_receipt

pytestmark = pytest.mark.database


def test_a_receipt_stays_good_with_a_fresh_proof(database: Database, home: Path) -> None:
    receipt = issued_receipt(database, home)
    issuer = receipt.home
    with database.worker() as connection:
        (kid,) = (key.kid for key in published_keys(connection) if key.purpose == "log")
    revoke(database, issuer.secrets, kid, reason="stolen", now=ISSUED_AT)
    context = ServerContext(issuer.settings, database, issuer.secrets, {}, issuer.clock)
    with serving(create_api(context)) as url, httpx.Client(base_url=url, timeout=60) as client:
        record = client.get(f"/verify/{receipt.serial}").json()
        sent = {"file": receipt.pdf}
        verdict = client.post("/verify", files=sent).json()
        with_old_proof = client.post("/verify", files={"file": receipt.receipt, "proof": receipt.proof}).json()
    assert (record["isValid"], verdict["isValid"], with_old_proof["isValid"]) == (True, True, False)
    assert record["log"]["proof"] != receipt.proof.decode()
    assert record["log"]["treeSize"] > receipt.row["log_size"]
    assert verdict["usedStoredProof"] is True

"""The issuer of a story's receipts: its keys, its worker's step, and what third parties are handed."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from carbonledger.verify.trust import Trust

from core.did_web import DidWeb
from core.settings import Settings
from receipts.issue import issue_due
from receipts.keys.did_document import did_document
from receipts.keys.history import key_history
from receipts.keys.signing_keys import create_keys
from tests.billing.scenarios.story import Story

ISSUER = DidWeb.parse("ledger.example")


@dataclass(frozen=True, slots=True)
class Issuer:
    story: Story

    @property
    def settings(self) -> Settings:
        return self.story.shop.context.settings.model_copy(update={"issuer": ISSUER.did})

    def issues(self) -> int:
        """What the worker does for receipts; how many steps."""
        shop = self.story.shop
        return issue_due(shop.database, shop.context.secrets, self.settings, clock=shop.clock)

    def receipts(self) -> list[dict[str, Any]]:
        """As the owner's browser lists them, oldest first."""
        listed: list[dict[str, Any]] = self.get("/v1/receipts").json()["data"]
        return listed

    def get(self, path: str) -> httpx.Response:
        """Of the API, as the owner."""
        answer = self.story.shop.api.get(path, headers=self.story.tenant.by_cookie)
        assert answer.status_code == 200, answer.text
        return answer

    def key_history(self) -> bytes:
        """As it is published now; who verifies keeps a copy."""
        with self.story.database.before_tenant() as connection:
            return json.dumps(key_history(connection)).encode()

    def did_document(self) -> dict[str, Any]:
        """As others' clients read it."""
        with self.story.database.before_tenant() as connection:
            return did_document(connection)

    def trust(self) -> Trust:
        return Trust.from_key_history(self.key_history())

    def hand_out(self, serial: str, folder: Path) -> Path:
        """Everything that a third party needs, as files in the folder; the receipt's."""
        for name in (".json", ".pdf", ".tlog-proof"):
            (folder / f"receipt{name}").write_bytes(self.get(f"/v1/receipts/{serial}{name}").content)
        (folder / "usage.jsonl").write_bytes(self.get(f"/v1/receipts/{serial}/sealed-usage.jsonl").content)
        (folder / "key-history.json").write_bytes(self.key_history())
        return folder / "receipt.json"


def with_keys(story: Story) -> Issuer:
    """The first keys are made now."""
    shop = story.shop
    create_keys(shop.database, shop.context.secrets, ISSUER, now=shop.clock.now())
    return Issuer(story)


def verified_by_command(file: Path) -> subprocess.CompletedProcess[str]:
    """`carbonledger receipts verify` on the file and what lies beside it, every number recomputed."""
    folder = file.parent
    command = [sys.executable, "-m", "carbonledger", "receipts", "verify", str(file)]
    told = ["--trust", str(folder / "key-history.json"), "--recompute", str(folder / "usage.jsonl")]
    return subprocess.run([*command, *told], check=False, capture_output=True, text=True)

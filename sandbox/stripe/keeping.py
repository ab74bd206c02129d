"""Keeping the account in a file, so that a sandbox that is started again goes on where it was, however it ended.

Not kept: the clock and the rules (the configuration's), webhooks under way (Stripe's events say what they said), armed
faults and saved answers. Webhook endpoints are the configuration's too: their addresses change from run to run.
"""

import os
import pickle
from pathlib import Path
from typing import Any

from sandbox.stripe.account import Account

_KEPT = (
    "store", "behaviours", "warned_trials", "automatic_tries", "pending_changes", "checkout_wishes", "base_url",
)  # fmt: skip


def keep(account: Account, file: Path) -> None:
    """Written whole, by a rename, and for its owner only."""
    unfinished = file.with_name(file.name + ".part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        pickle.dump({name: getattr(account, name) for name in _KEPT}, written)
    unfinished.replace(file)


def restore(account: Account, file: Path) -> bool:
    """Whether there was anything to go on with."""
    if not file.exists():
        return False
    kept: dict[str, Any] = pickle.loads(file.read_bytes())  # noqa: S301 - our own file, which nobody else may write
    for name, value in kept.items():
        setattr(account, name, value)
    for endpoint in account.store.all("webhook_endpoint"):
        account.store.remove(endpoint)
    account.secrets.clear()
    return True

"""The provider accounts of the sandbox, and whose a key is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sandbox.usage.config import AccountConfig, GeneratedUsage, UsageSandboxConfig
from sandbox.usage.generator import GeneratedSource
from sandbox.usage.identities import Identities
from sandbox.usage.records import UsageSource
from sandbox.usage.trace_replay import read_trace, replay

KeyKind = Literal["admin", "project", "no_scope", "revoked"]


@dataclass(frozen=True, slots=True)
class Account:
    config: AccountConfig
    names: Identities
    source: UsageSource

    @property
    def organization_id(self) -> str:
        return self.config.organization_id


class Accounts:
    def __init__(self, accounts: list[Account]) -> None:
        self._all = accounts
        self._keys: dict[tuple[str, str], tuple[Account, KeyKind]] = {
            (account.config.provider, key.key): (account, key.kind)
            for account in accounts
            for key in account.config.keys
        }
        self._revoked: set[str] = set()

    def of_key(self, provider: str, key: str) -> tuple[Account, KeyKind] | None:
        """The account and the kind of this key at this provider; None: the provider does not know it."""
        found = self._keys.get((provider, key))
        if found is None or key not in self._revoked:
            return found
        return found[0], "revoked"

    def revoke(self, key: str) -> bool:
        """Whether there is such a key."""
        self._revoked.add(key)
        return self._has(key)

    def restore(self, key: str) -> bool:
        """Whether there is such a key; one that was configured as revoked stays so."""
        self._revoked.discard(key)
        return self._has(key)

    def _has(self, key: str) -> bool:
        return any(known == key for _, known in self._keys)


def open_accounts(config: UsageSandboxConfig, *, folder: Path) -> Accounts:
    """All accounts with their usage. Traces' paths are relative to `folder`. Raises ConfigError."""
    return Accounts(
        [
            Account(account, Identities(account.provider, account.organization_id), _source(account, folder))
            for account in config.accounts
        ]
    )


def _source(account: AccountConfig, folder: Path) -> UsageSource:
    if isinstance(account.usage, GeneratedUsage):
        return GeneratedSource(account, account.usage.generate)
    return replay(read_trace(folder / account.usage.trace), account, account.usage)

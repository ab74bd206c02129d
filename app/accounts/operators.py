"""Who runs this installation, as its settings name them: people, by their public ids, whatever organization they see.

Ids and not e-mail addresses: an address that nobody has signed up with yet could be taken by anybody.
"""

from app.accounts.principal import Principal
from core.settings import Settings


def is_operator(principal: Principal, settings: Settings) -> bool:
    """Whether it is a person (never a key) whom CARBONLEDGER_OPERATORS names."""
    return principal.user_id is not None and principal.actor in (settings.operators or "").split()

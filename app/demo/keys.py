"""The demo's keys for receipts, made once, under a name that nobody can own: every receipt says that it is a test."""

from app.context import ServerContext
from core.did_web import DidWeb
from receipts.keys.errors import KeysExistError
from receipts.keys.signing_keys import create_keys

ISSUER = DidWeb.parse("carbonledger-demo.example")


def make_keys(context: ServerContext) -> None:
    """As an operator would with `keys create`; an earlier run's stay."""
    try:
        create_keys(context.database, context.secrets, ISSUER, now=context.clock.now())
    except KeysExistError:
        return

"""Who a request is, on a real database."""

import pytest

from app.accounts.errors import NotAuthenticatedError
from app.accounts.principal import authenticate
from core.clock import FixedClock
from core.database import Database

pytestmark = pytest.mark.database


@pytest.mark.parametrize(
    ("authorization", "cookie"),
    [
        (None, None),
        (None, ""),
        (None, "a-token-that-was-never-issued"),
        ("Bearer cl_live_never_issued", None),
        ("Bearer sk-somebody-elses", None),
        ("Basic cl_live_never_issued", None),
        ("", None),
    ],
)
def test_nobody_is_refused(
    database: Database, clock: FixedClock, authorization: str | None, cookie: str | None
) -> None:
    with pytest.raises(NotAuthenticatedError):
        authenticate(database, authorization=authorization, cookie=cookie, now=clock.now())

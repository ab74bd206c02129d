"""Acts that are repeated until they are stopped."""

import logging
import threading

import pytest

from app.repeat import repeat
from core.errors import TransientError


def test_an_act_that_fails_is_logged_without_its_message_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    stopping = threading.Event()
    outcomes = iter([ValueError("sk-admin-secret"), TransientError("The provider is away."), None])

    def act() -> bool:
        outcome = next(outcomes)
        if outcome is None:
            stopping.set()
            return True
        raise outcome

    with caplog.at_level(logging.WARNING, "carbonledger.worker"):
        repeat(act, stopping)
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert "unexpected ValueError" in caplog.text
    assert "The provider is away." in caplog.text
    assert "sk-admin-secret" not in caplog.text

"""The Stripe sandbox as a process: its refusals, and what it says when it starts."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.__main__ import main
from tests.stripe_process import start_stripe_sandbox


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"colour": "red"}, "colour"),
        ({"api_key": "sk_live_4242"}, "api_key"),
        ({"prices": [{"lookup_key": "a", "product": "b", "unit_amount": 29.5}]}, "prices.0.unit_amount"),
        ({"rules": {"after_retries": "forget"}}, "rules.after_retries"),
        ({"now": "2026-11-22T12:00:00"}, "now"),
    ],
)
def test_a_wrong_configuration_is_refused_with_the_place_and_without_its_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], config: dict[str, Any], place: str
) -> None:
    file = tmp_path / "stripe.json"
    file.write_text(json.dumps(config))
    assert main(["stripe", "--config", str(file)]) == 2
    said = capsys.readouterr().err
    assert f"is wrong at {place}: " in said
    assert "sk_live_4242" not in said


def test_an_absent_configuration_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stripe", "--config", str(tmp_path / "nothing.json")]) == 2
    assert capsys.readouterr().err.startswith("sandbox: cannot read the configuration")


def test_it_listens_on_loopback_until_it_is_stopped() -> None:
    with start_stripe_sandbox() as sandbox:
        assert sandbox.url == f"http://127.0.0.1:{sandbox.port}"
        assert sandbox.http.get("/_sandbox/config").json()["retry_days"] == [3, 5, 7]
    assert sandbox.process.returncode is not None
    with pytest.raises(httpx.ConnectError):
        httpx.get(sandbox.url)


def test_a_reset_keeps_the_catalogue_and_the_configured_endpoints() -> None:
    with start_stripe_sandbox(webhook_url="http://127.0.0.1:9/hook") as sandbox:
        sandbox.client.v1.customers.create({"email": "ada@example.org"})
        sandbox.configure(hold=True)
        sandbox.reset()
        assert sandbox.client.v1.customers.list().data == []
        assert sandbox.price("carbonledger_scale_monthly").unit_amount == 29_900
        assert [one.url for one in sandbox.client.v1.webhook_endpoints.list().data] == ["http://127.0.0.1:9/hook"]
        assert sandbox.http.get("/_sandbox/config").json()["hold"] is False

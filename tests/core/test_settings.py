"""Settings come from the environment, are checked, and never repeat what they hold."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.settings import Settings, child_environment


def test_a_setting_is_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBONLEDGER_POLL_SHARDS", "4")
    assert Settings(_env_file=None).poll_shards == 4


def test_a_setting_is_a_line_of_the_working_directorys_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("CARBONLEDGER_SECRETS_BACKEND=aws\n")
    monkeypatch.chdir(tmp_path)
    assert Settings().secrets_backend == "aws"


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBONLEDGER_DATABASE_URL", "")
    assert Settings(_env_file=None).database_url is None


def test_the_home_is_an_absolute_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings(_env_file=None, home=Path("~/ledger")).home_path == tmp_path / "ledger"


def test_a_base_url_loses_its_last_slash() -> None:
    assert Settings(_env_file=None, openai_base_url="http://127.0.0.1:9/openai/v1/").openai_base_url.endswith("/v1")


@pytest.mark.parametrize("url", ["", "ftp://host", "127.0.0.1:8321", "http://", "http:///path"])
def test_a_base_url_is_an_http_url(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None, public_url=url)


def test_secrets_are_in_neither_repr_nor_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBONLEDGER_DATABASE_URL", "postgresql://u:hunter2@h/d")
    settings = Settings(_env_file=None)
    assert "hunter2" not in repr(settings)
    monkeypatch.setenv("CARBONLEDGER_POLL_SHARDS", "hunter3")
    with pytest.raises(ValidationError) as refusal:
        Settings(_env_file=None)
    assert "hunter3" not in str(refusal.value)


def test_a_child_process_sees_these_settings_and_no_other_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBONLEDGER_ALERT_URLS", "json://elsewhere")
    settings = Settings(_env_file=None, alert_urls=None, poll_shards=3, database_url="postgresql://u:pw@h/d")
    environment = child_environment(settings)
    assert "CARBONLEDGER_ALERT_URLS" not in environment
    assert environment["CARBONLEDGER_POLL_SHARDS"] == "3"
    assert environment["CARBONLEDGER_DATABASE_URL"] == "postgresql://u:pw@h/d"


@pytest.mark.parametrize("key", ["hunter2", "pk_test_hunter2", "whsec_hunter2"])
def test_what_is_no_stripe_key_is_refused(key: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Settings(_env_file=None, stripe_secret_key=key, stripe_webhook_secret="whsec_1")
    assert "hunter2" not in str(refusal.value)


def test_a_live_key_goes_to_stripe_only() -> None:
    with pytest.raises(ValidationError, match="a live key is sent to Stripe only"):
        Settings(
            _env_file=None,
            stripe_api_base="http://127.0.0.1:8420",
            stripe_secret_key="sk_live_1",
            stripe_webhook_secret="whsec_1",
        )
    assert Settings(_env_file=None, stripe_secret_key="rk_live_1", stripe_webhook_secret="whsec_1").stripe_api_base


LIVE = {"stripe_secret_key": "sk_live_1", "stripe_webhook_secret": "whsec_1"}
TEST = {"stripe_secret_key": "rk_test_1", "stripe_webhook_secret": "whsec_1"}


def test_an_issuer_is_kept_as_a_did_and_unset_by_default() -> None:
    assert Settings(_env_file=None).issuer is None
    settings = Settings(_env_file=None, issuer="Ledger.Example:8443")
    assert settings.issuer == "did:web:ledger.example%3A8443"
    assert child_environment(settings)["CARBONLEDGER_ISSUER"] == "did:web:ledger.example%3A8443"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"issuer": "https://ledger.example"}, "an issuer is a domain"),
        ({"issuer": "ledger.example"} | LIVE, "with a live Stripe key, name your own domain"),
        ({"issuer": "carbonledger.com"} | TEST, "with a test Stripe key receipts are tests"),
        (
            {"issuer": "carbonledger.com", "broker_base_url": "http://127.0.0.1:9/v1"},
            "real receipts need the real broker",
        ),
    ],
)
def test_no_test_passes_for_real_and_nothing_real_for_a_test(more: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Settings.model_validate(more)


@pytest.mark.parametrize(
    "more",
    [
        {"issuer": "ledger.example"} | TEST,
        {"issuer": "ledger.example", "broker_base_url": "http://127.0.0.1:9/v1"} | TEST,
        {"issuer": "carbonledger.com"} | LIVE,
        {"issuer": "carbonledger.com"},
        {"issuer": "ledger.example"},
    ],
)
def test_an_issuer_fits_the_money(more: dict[str, str]) -> None:
    assert Settings.model_validate(more).issuer is not None

"""AWS Secrets Manager: boto3's own client against moto's server, over HTTP on loopback."""

from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from core.secret_store import AwsSecretStore, SecretMissingError, SecretStoreUnavailableError, secret_store
from core.settings import Settings

KEY = SecretStr("sk-admin-0123456789")


@pytest.fixture(scope="module")
def aws_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)


@pytest.fixture
def store(aws_url: str, aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> AwsSecretStore:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_url)
    return AwsSecretStore(region="eu-central-1")


def test_a_secret_comes_back_under_its_arn(store: AwsSecretStore) -> None:
    arn = store.put("org_1/openai", KEY)
    assert arn.startswith("arn:aws:secretsmanager:eu-central-1:123456789012:secret:carbonledger/org_1/openai/")
    assert store.get(arn).get_secret_value() == "sk-admin-0123456789"


def test_a_forgotten_secret_is_missing_at_once_and_forgetting_twice_is_no_error(store: AwsSecretStore) -> None:
    arn = store.put("org_1/openai", KEY)
    store.delete(arn)
    store.delete(arn)
    with pytest.raises(SecretMissingError, match="re-authenticate"):
        store.get(arn)


def test_a_secret_that_somebody_scheduled_for_deletion_is_missing(store: AwsSecretStore, aws_url: str) -> None:
    arn = store.put("org_1/openai", KEY)
    boto3.client("secretsmanager", region_name="eu-central-1", endpoint_url=aws_url).delete_secret(SecretId=arn)
    with pytest.raises(SecretMissingError):
        store.get(arn)


def test_an_arn_of_another_store_is_missing(store: AwsSecretStore) -> None:
    with pytest.raises(SecretMissingError):
        store.get("arn:carbonledger:vault:local:secret:" + "0" * 32)


def test_an_endpoint_that_does_not_answer_is_told_without_the_secret(
    aws_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    store = AwsSecretStore(region="eu-central-1")
    with pytest.raises(SecretStoreUnavailableError) as refusal:
        store.put("org_1/openai", KEY)
    assert "credentials, region and endpoint" in refusal.value.sentence
    assert KEY.get_secret_value() not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_the_setting_chooses_the_store(aws_environment: None) -> None:
    settings = Settings(_env_file=None, secrets_backend="aws", aws_region="eu-west-1")
    assert isinstance(secret_store(settings), AwsSecretStore)

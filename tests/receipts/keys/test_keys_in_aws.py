"""Keys in AWS Secrets Manager: boto3's own client against moto's server, with a gate before it that refuses acts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from core.database import Database
from core.secret_store import AwsSecretStore, SecretStoreUnavailableError
from receipts.keys.errors import SigningKeyLostError
from receipts.keys.signer import log_signer, receipt_signer
from receipts.keys.signing_keys import create_keys, list_keys, revoke, rotate
from tests.conftest import NOON
from tests.receipts.keys.conftest import NAME

pytestmark = pytest.mark.database

LATER = NOON + timedelta(days=365)


@dataclass
class Gate:
    """What stands before Secrets Manager. `refused`: which acts fail there, after so many that pass."""

    url: str
    refused: dict[str, int] = field(default_factory=dict)

    def lets_pass(self, act: str) -> bool:
        left = self.refused.get(act)
        if left is None:
            return True
        self.refused[act] = left - 1
        return left > 0


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def gate(moto_url: str) -> Iterator[Gate]:
    httpx.post(f"{moto_url}/moto-api/reset")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if before_moto.lets_pass(self.headers["X-Amz-Target"].partition(".")[2]):
                answer = httpx.post(moto_url, content=body, headers=dict(self.headers.items()))
                status, content = answer.status_code, answer.content
            else:
                status, content = 400, b'{"__type": "AccessDeniedException", "message": "not allowed"}'
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    before_moto = Gate(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield before_moto
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def store(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> AwsSecretStore:
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", gate.url)
    return AwsSecretStore(region="eu-central-1")


def names_of_secrets(moto_url: str) -> list[str]:
    client = boto3.client("secretsmanager", region_name="eu-central-1", endpoint_url=moto_url)
    return sorted(secret["Name"].rpartition("/")[0] for secret in client.list_secrets()["SecretList"])


def kids(database: Database) -> list[str]:
    with database.worker() as connection:
        return [view.key.kid for view in list_keys(connection)]


def test_keys_live_in_the_secrets_manager(database: Database, store: AwsSecretStore, moto_url: str) -> None:
    create_keys(database, store, NAME, now=NOON)
    receipt_key = kids(database)[0]
    rotate(database, store, purpose="log", now=LATER)
    _, _, second = kids(database)
    assert names_of_secrets(moto_url) == [
        f"carbonledger/receipts/log-key/{second}",
        f"carbonledger/receipts/receipt-key/{receipt_key}",
    ]
    with database.worker() as connection:
        assert (receipt_signer(connection, store).kid, log_signer(connection, store).kid) == (receipt_key, second)
    revoke(database, store, receipt_key, reason="stolen", now=LATER)
    assert f"carbonledger/receipts/receipt-key/{receipt_key}" not in names_of_secrets(moto_url)


def test_a_first_key_whose_second_could_not_be_kept_is_deleted(
    database: Database, store: AwsSecretStore, gate: Gate, moto_url: str
) -> None:
    gate.refused = {"CreateSecret": 1}
    with pytest.raises(SecretStoreUnavailableError):
        create_keys(database, store, NAME, now=NOON)
    assert (kids(database), names_of_secrets(moto_url)) == ([], [])
    gate.refused = {}
    create_keys(database, store, NAME, now=NOON)
    assert len(kids(database)) == len(names_of_secrets(moto_url)) == 2


def test_a_private_half_that_could_not_be_deleted_is_named(
    database: Database, store: AwsSecretStore, gate: Gate, moto_url: str
) -> None:
    create_keys(database, store, NAME, now=NOON)
    old = kids(database)[0]
    gate.refused = {"DeleteSecret": 0}
    done = revoke(database, store, old, reason="stolen", now=LATER)
    assert done.kid == old
    assert done.left_secret_arn is not None
    assert f"secret:carbonledger/receipts/receipt-key/{old}/" in done.left_secret_arn
    assert len(names_of_secrets(moto_url)) == 3


def test_a_key_that_somebody_deleted_there_is_lost(database: Database, store: AwsSecretStore, moto_url: str) -> None:
    create_keys(database, store, NAME, now=NOON)
    client = boto3.client("secretsmanager", region_name="eu-central-1", endpoint_url=moto_url)
    for secret in client.list_secrets()["SecretList"]:
        client.delete_secret(SecretId=secret["ARN"])
    with database.worker() as connection, pytest.raises(SigningKeyLostError, match="is not in the secret store"):
        receipt_signer(connection, store)

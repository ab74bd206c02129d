"""Downloads on the wire: broken off they look broken, and whoever leaves frees what was held for them."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import httpx
import pytest

from app.api.application import create_api
from app.context import ServerContext
from core.database import Database, connect
from tests.app.many_rows import copy_usage
from tests.app.serving import serving
from tests.app.tenants import Tenant, a_tenant
from tests.app.world import World

pytestmark = pytest.mark.database

NEXT_YEAR = {"start": "2027-01-01", "end": "2028-01-01"}
ROWS = 40_000
"""Some 17 MB of CSV: more than sockets between the two ends take in advance."""


@pytest.fixture
def database(own_built_context: ServerContext, world: World) -> Database:
    database = own_built_context.database
    for tenant in (world.ada, world.bob):
        copy_usage(database, tenant.org_id, count=ROWS, start=datetime(2027, 1, 1, tzinfo=UTC))
    return database


@pytest.fixture
def client(own_built_context: ServerContext, database: Database) -> Iterator[httpx.Client]:
    with serving(create_api(own_built_context)) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def download(stack: ExitStack, client: httpx.Client, tenant: Tenant, name: str = "usage.csv") -> Iterator[bytes]:
    """The chunks of a download that has begun; it is left when the stack closes."""
    answer = stack.enter_context(
        client.stream("GET", f"/v1/exports/{name}", params=NEXT_YEAR, headers=tenant.by_read_key)
    )
    assert answer.status_code == 200
    chunks = answer.iter_bytes()
    stack.callback(lambda: chunks)  # held: without it the download would be left at once
    assert next(chunks)
    return chunks


def open_transactions(database: Database) -> list[int]:
    """Process ids of the database connections that a download holds."""
    with connect(database.urls.admin) as administrator:
        rows = administrator.execute(
            "select pid from pg_stat_activity where datname = current_database() and state <> 'idle'"
            " and pid <> pg_backend_pid() and query like '%usage_export%'"
        ).fetchall()
    return [row["pid"] for row in rows]


def wait_until_none_is_open(database: Database) -> None:
    deadline = time.monotonic() + 60
    while open_transactions(database):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_client_that_leaves_frees_its_database_connection(
    client: httpx.Client, database: Database, world: World
) -> None:
    with ExitStack() as stack:
        download(stack, client, world.ada)
        assert len(open_transactions(database)) == 1
    wait_until_none_is_open(database)


@pytest.mark.parametrize("name", ["usage.csv", "usage.json"])
def test_a_failure_on_the_way_does_not_look_like_a_whole_file(
    client: httpx.Client, database: Database, world: World, name: str
) -> None:
    with ExitStack() as stack:
        chunks = download(stack, client, world.ada, name)
        (pid,) = open_transactions(database)
        with connect(database.urls.admin, autocommit=True) as administrator:
            administrator.execute("select pg_terminate_backend(%s)", [pid])
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            for _ in chunks:
                pass
    assert client.get("/v1/exports/usage.csv", headers=world.ada.by_read_key).status_code == 200


def test_downloads_leave_the_database_to_others(client: httpx.Client, database: Database, world: World) -> None:
    carol = a_tenant(database, "Carol", now=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    with ExitStack() as stack:
        download(stack, client, world.ada)
        download(stack, client, world.ada)
        third = client.get("/v1/exports/usage.csv", params=NEXT_YEAR, headers=world.ada.by_read_key)
        assert (third.status_code, third.json()["code"]) == (429, "too-many-downloads")
        assert int(third.headers["Retry-After"]) > 0
        download(stack, client, world.bob)
        fourth = client.get("/v1/exports/usage.json", headers=carol.by_read_key)
        assert (fourth.status_code, fourth.json()["code"]) == (429, "too-many-downloads")
        assert client.get("/v1/telemetry/usage", params=NEXT_YEAR, headers=carol.by_read_key).status_code == 200
    wait_until_none_is_open(database)
    deadline = time.monotonic() + 60
    while client.get("/v1/exports/usage.csv", headers=world.ada.by_read_key).status_code == 429:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_whole_download_has_every_row(client: httpx.Client, world: World) -> None:
    parameters = NEXT_YEAR | {"end": "2027-01-11"}
    answer = client.get("/v1/exports/usage.csv", params=parameters, headers=world.ada.by_read_key)
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.content.count(b"\r\n") == 1 + 10 * 24 * 60 - 1  # the header; the first copy is of 00:01


def test_http_1_0_is_refused_because_it_has_no_broken_files(client: httpx.Client, world: World) -> None:
    url = client.base_url
    assert url.port is not None
    with socket.create_connection((url.host, url.port), timeout=60) as connection:
        key = world.ada.by_read_key["Authorization"]
        connection.sendall(f"GET /v1/exports/usage.csv HTTP/1.0\r\nAuthorization: {key}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert answer.split(" ", 2)[1] == "505"
    assert '"code":"old-http"' in answer

"""Every operation of the OpenAPI document: unknown callers, other organizations, and input that does not fit.

The cases come from the document itself, so an operation that is added is tested, or fails for want of a body here.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.accounts.invitations import invite
from app.accounts.notification_targets import add_target
from app.accounts.principal import Principal
from app.api.application import create_api, document_of_checkout
from app.api.openapi import operations
from app.context import ServerContext
from billing.periods import reconcile_periods
from budgets.budgets import create_budget
from budgets.terms import Terms
from core.clock import FixedClock
from core.database import Database, DatabaseUrls, create_database, fetch_one
from core.ids import random_token
from core.owner_notices import tell_owners
from core.secret_store import secret_store
from core.settings import Settings
from ingestion.corrections import correct_usage
from ingestion.mapping import WHOLE_ACCOUNT
from tests.app.api.operation_bodies import BODIES
from tests.app.exported import rows_of
from tests.app.receipts.owners import order_by_hand
from tests.app.serving import serving
from tests.app.tenants import PUBLIC_URL, Tenant
from tests.app.world import World
from tests.conftest import NOON, _drop
from tests.receipts.closed_periods import closed_period

pytestmark = [pytest.mark.database, pytest.mark.exhaustive]

MARKER = "sk-admin-never-repeat-what-was-sent"
DOCUMENT = document_of_checkout()
OPERATIONS = {operation["operationId"]: (method, path, operation) for method, path, operation in operations(DOCUMENT)}
SECURED = {name: each for name, each in OPERATIONS.items() if "security" in each[2]}
WITH_BODY = {name: each for name, each in OPERATIONS.items() if "requestBody" in each[2]}
WITH_ID = {name: each for name, each in SECURED.items() if "{" in each[1]}
READING = {name: each for name, each in SECURED.items() if each[0] == "get"}
SAME_FOR_ALL = {"list_tiers"}
ANSWERS_ANY_BODY = {"verify_file"}  # what does not fit is what it is asked about: tests/app/verification
SERIAL = "CLT-2026-10-7F3K9QX2-M"


@pytest.fixture(scope="module")
def context(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, built_template: tuple[str, World]
) -> Iterator[ServerContext]:
    name = f"test_{random_token()[:12].lower().replace('-', '_')}"
    settings = Settings(
        home=tmp_path_factory.mktemp("every") / "home", public_url=PUBLIC_URL, password_memory_mib=8, _env_file=None
    )
    template, world = built_template
    with Database(DatabaseUrls(admin=create_database(postgres_url, name, template=template))) as database:
        bob = Principal(org_id=world.bob.org_id, user_id=world.bob.user_id, role="owner")
        invite(database, bob, email="bobby@example.com", role="viewer", public_url=PUBLIC_URL, now=NOON)
        for tenant in (world.ada, world.bob):
            with database.worker() as connection:
                reconcile_periods(connection, org_id=tenant.org_id, now=NOON)
                tell_owners(
                    connection, org_id=tenant.org_id, dedupe_key=str(tenant.org_id), title="A", body="B", now=NOON
                )
        correct_usage(database, org_id=world.bob.org_id, connection_id=world.bob_openai.connection_id,
                      selector=WHOLE_ACCOUNT, start=None, end=NOON, project_id=world.bob.project_id, reason="Bob's",
                      actor=bob.actor, now=NOON)  # fmt: skip
        period = closed_period(database, organization="Bob's sister")
        order_by_hand(database, period, serial=SERIAL, at=period.closed_at)
        context = ServerContext(settings, database, secret_store(settings), {}, FixedClock(NOON))
        add_target(context, bob, url=SecretStr("jsons://93.184.216.34/hook"), label="Bob's", now=NOON)
        create_budget(database, org_id=bob.org_id, project_id=None, terms=Terms(7_777_000), actor=bob.actor, now=NOON)
        yield context
    _drop(postgres_url, name)


@pytest.fixture(scope="module")
def client(context: ServerContext) -> Iterator[httpx.Client]:
    with serving(create_api(context)) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def built(built_template: tuple[str, World]) -> World:
    return built_template[1]


@pytest.fixture(params=["cookie", "key"])
def ada(request: pytest.FixtureRequest, built: World) -> dict[str, str]:
    return built.ada.by_cookie if request.param == "cookie" else built.ada.by_key


def bobs_ids(database: Database, bob: Tenant) -> dict[str, str]:
    """An id of Bob's for each path parameter; his sister's receipt, for Bob never paid."""
    with database.worker() as connection:
        connection_id = connection.execute("select id from ops.connections where org_id = %s", [bob.org_id]).fetchone()
    with database.tenant(bob.org_id) as connection:
        key_id = connection.execute("select min(id) as id from ops.api_keys").fetchone()
        invitation_id = connection.execute("select min(id) as id from ops.invitations").fetchone()
        period_id = connection.execute("select min(id) as id from ops.billing_periods").fetchone()
        correction_id = connection.execute("select min(id) as id from ops.usage_corrections").fetchone()
        target_id = fetch_one(connection, "select min(id) as id from ops.notification_targets")
        notice_id = fetch_one(connection, "select min(id) as id from ops.outbox")
        budget_id = connection.execute("select min(id) as id from ops.budgets").fetchone()
    assert connection_id
    assert key_id
    assert invitation_id
    assert period_id
    assert correction_id
    assert budget_id
    return {
        "connection_id": f"conn_{connection_id['id']}",
        "api_key_id": f"key_{key_id['id']}",
        "invitation_id": f"inv_{invitation_id['id']}",
        "member_id": f"user_{bob.user_id}",
        "period_id": f"period_{period_id['id']}",
        "project_id": f"proj_{bob.project_id}",
        "correction_id": f"corr_{correction_id['id']}",
        "target_id": f"target_{target_id['id']}",
        "notice_id": f"notice_{notice_id['id']}",
        "budget_id": f"budget_{budget_id['id']}",
        "serial": SERIAL,
    }


def everything_of(database: Database, org_id: int) -> str:
    """All rows of the organization in ops, as text."""
    with database.owner() as connection:
        tables = connection.execute(
            "select format('%I.%I', table_schema, table_name) as name from information_schema.columns"
            " where table_schema = 'ops' and column_name = 'org_id' order by 1"
        ).fetchall()
        return str(
            [
                connection.execute(
                    f"select * from {table['name']} as t where org_id = %s order by t::text".encode(), [org_id]
                ).fetchall()
                for table in tables
            ]
        )


def send(client: httpx.Client, name: str, path: str, *, headers: dict[str, str], **more: Any) -> httpx.Response:
    method = OPERATIONS[name][0]
    if name in WITH_BODY and not more:
        more = {"json": BODIES[name]}
    return client.request(method.upper(), path, headers=headers, **more)


def assert_problem(answer: httpx.Response, *statuses: int) -> None:
    assert answer.status_code in statuses, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    assert MARKER not in answer.text


def test_every_body_has_an_example_here() -> None:
    assert BODIES.keys() == WITH_BODY.keys()


@pytest.mark.parametrize("name", SECURED)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": f"Bearer cl_live_{MARKER}"},
        {"Authorization": f"Basic {MARKER}"},
        {"Cookie": f"carbonledger_session={MARKER}", "Origin": PUBLIC_URL},
    ],
    ids=["nobody", "unknown key", "other scheme", "unknown session"],
)
def test_who_is_not_known_gets_nothing(
    client: httpx.Client, context: ServerContext, built: World, name: str, headers: dict[str, str]
) -> None:
    path = SECURED[name][1].format(**bobs_ids(context.database, built.bob))
    own = {"Origin": PUBLIC_URL}
    assert_problem(send(client, name, path, headers=own | headers), 401)


@pytest.mark.parametrize("name", WITH_ID)
def test_another_organizations_id_is_the_same_as_none(
    client: httpx.Client, context: ServerContext, built: World, ada: dict[str, str], name: str
) -> None:
    before = everything_of(context.database, built.bob.org_id)
    ids = bobs_ids(context.database, built.bob)
    forged = send(client, name, WITH_ID[name][1].format(**ids), headers=ada)
    absent = {key: f"{value.partition('_')[0]}_987654321" for key, value in ids.items()}
    nothing = send(client, name, WITH_ID[name][1].format(**absent), headers=ada)
    assert_problem(forged, 404, 403)  # 403: this caller may not do it to anybody
    assert forged.json() | {"request_id": ""} == nothing.json() | {"request_id": ""}
    assert everything_of(context.database, built.bob.org_id) == before


@pytest.mark.parametrize("name", sorted(READING.keys() - WITH_ID.keys()))
def test_what_is_read_is_ones_own(
    client: httpx.Client, context: ServerContext, built: World, ada: dict[str, str], name: str
) -> None:
    parameters = {"group_by": ["connection", "project", "model", "day"]} if name == "read_summary" else {}
    answer = client.get(READING[name][1], params=parameters, headers=ada)
    if answer.status_code == 403:
        return
    assert answer.status_code == 200
    others = [*bobs_ids(context.database, built.bob).values(), "Bob", "bob", "7777", f"proj_{built.bob.project_id}"]
    is_packed = name.endswith("_parquet")
    told = json.dumps(rows_of(answer.content, "parquet"), default=str) if is_packed else answer.text
    for other in others:
        assert f'"{other}"' not in told
        assert "Bob" not in told
    mine = client.get(READING[name][1], params=parameters, headers=built.bob.by_cookie)
    assert mine.status_code == 200
    assert (
        name in SAME_FOR_ALL or mine.content != answer.content or "data" not in mine.json() or mine.json()["data"] == []
    )


@pytest.mark.parametrize("name", WITH_ID)
@pytest.mark.parametrize(
    "identifier", ["x", "conn_", "conn_0", "conn_-1", "conn_1.0", "conn_١", "9" * 300, "conn_1%00", MARKER, "%F0%9F"]
)
def test_an_id_that_cannot_be_one_is_not_found(
    client: httpx.Client, built: World, ada: dict[str, str], name: str, identifier: str
) -> None:
    path = WITH_ID[name][1]
    parameter = path[path.index("{") : path.index("}") + 1]
    assert_problem(send(client, name, path.replace(parameter, identifier), headers=ada), 404, 403)


@pytest.mark.parametrize("name", sorted(WITH_BODY.keys() - ANSWERS_ANY_BODY))
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        json.dumps(MARKER).encode(),
        json.dumps({MARKER: MARKER}).encode(),
        b"\xff\xfe\x00",
        b"[" * 20_000,
        json.dumps({"email": [MARKER], "api_key": {"a": MARKER}, "name": MARKER * 90, "label": 1}).encode(),
        b'{"password": "a\\u0000b", "email": "\\ud800", "token": "\\u0000", "label": "\\u0000", "name": "\\u0000"}',
    ],
)
def test_a_body_that_does_not_fit_changes_nothing(
    client: httpx.Client, context: ServerContext, built: World, name: str, body: bytes
) -> None:
    before = everything_of(context.database, built.ada.org_id)
    path = WITH_BODY[name][1].format(**bobs_ids(context.database, built.bob))
    headers = built.ada.by_cookie | {"Content-Type": "application/json"}
    assert_problem(send(client, name, path, headers=headers, content=body), 400, 422)
    assert everything_of(context.database, built.ada.org_id) == before


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_body_of_ten_megabytes_is_refused(
    client: httpx.Client, context: ServerContext, built: World, name: str
) -> None:
    path = WITH_BODY[name][1].format(**bobs_ids(context.database, built.bob))
    answer = send(client, name, path, headers=built.ada.by_cookie, content=b" " * 10_000_000)
    assert_problem(answer, 413)


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        (name, parameter["name"])
        for name, (_, _, operation) in OPERATIONS.items()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    ],
)
@pytest.mark.parametrize("value", [MARKER, "\x00", "-1", "☃" * 400, "' or 1=1 --", "1e9"])
def test_a_parameter_that_does_not_fit_is_refused_or_finds_nothing(
    client: httpx.Client, built: World, name: str, parameter: str, value: str
) -> None:
    own = {
        "connection_id": f"conn_{built.ada_openai.connection_id}",
        "project_id": f"proj_{built.ada_search_project}",
        "serial": SERIAL,
        "file_name": "receipt.json",
    }
    body = {"json": BODIES[name]} if name in WITH_BODY else {}
    path = OPERATIONS[name][1].format(**own)
    answer = send(client, name, path, headers=built.ada.by_cookie, params={parameter: value}, **body)
    if parameter == "model" and answer.status_code == 200:
        if name.startswith("export_"):
            assert rows_of(answer.content, name.rpartition("_")[2]) == []
        else:
            assert answer.json()["data"] == []
        if not name.startswith("export_") or name.endswith("_csv"):  # the other files say what they were filtered by
            assert MARKER not in answer.text
        return
    assert_problem(answer, 422, 404)

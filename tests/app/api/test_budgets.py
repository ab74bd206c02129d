"""/v1/budgets on the wire: what can be said, how the month stands, who may, and that a retry makes no second one."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from app.accounts.api_keys import create_api_key
from app.accounts.principal import Principal
from app.api.application import create_api
from app.context import ServerContext
from budgets.alerts import tell_of_budgets
from tests.app.budgets.months_on_record import PUBLIC_URL, OnRecord, at, on_record
from tests.app.serving import serving
from tests.conftest import NOON

pytestmark = pytest.mark.database

GRAM = 1_000_000
AT_NOON = "2026-11-22T12:00:00Z"


@pytest.fixture
def grace(own_built_context: ServerContext) -> OnRecord:
    """Twenty-one complete days of November with ten grams each, and four grams of the twenty-second until noon."""
    grace = on_record(own_built_context.database)
    grace.read((at(date(2026, 10, 1)), NOON))
    grace.emit(date(2026, 11, 1), [10 * GRAM] * 21)
    grace.emit(date(2026, 11, 22), [4 * GRAM])
    return grace


@pytest.fixture
def client(own_built_context: ServerContext, grace: OnRecord) -> Iterator[httpx.Client]:
    headers = grace.tenant.by_key
    with serving(create_api(own_built_context)) as url:
        client = httpx.Client(base_url=f"{url}/v1", headers=headers, timeout=60)
        with client:
            yield client


def make(client: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = client.post("/budgets", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"/v1/budgets/{made['id']}"
    return made


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_key_that_may_only_write_is_not_answered_what_was_emitted(client: httpx.Client, grace: OnRecord) -> None:
    owner = Principal(org_id=grace.tenant.org_id, user_id=grace.tenant.user_id, role="owner")
    _, key = create_api_key(grace.database, owner, name="w", scopes=["write"], expires_at=None, now=NOON)
    client.headers["Authorization"] = f"Bearer {key}"
    made = make(client, limit_grams="250")
    changed = client.patch(f"/budgets/{made['id']}", json={"is_paused": True})
    assert [made["standing"], changed.json()["standing"]] == [None, None]
    assert client.get(f"/budgets/{made['id']}").status_code == 403


def test_a_budget_says_how_its_month_stands(client: httpx.Client, grace: OnRecord) -> None:
    made = make(client, limit_grams="250.000001")
    assert made == {
        "id": made["id"],
        "project": None,
        "limit_grams": "250.000001",
        "warning_percent": 80,
        "bound": "central",
        "is_paused": False,
        "version": 1,
        "created_at": AT_NOON,
        "changed_at": AT_NOON,
        "standing": {
            "month": "2026-11-01",
            "judgement": "overrun-expected",
            "spent_grams": "214",
            "spent_share": "0.856000",
            "days": 30,
            "complete_days": 21,
            "complete_through": "2026-11-21",
            "data_through": AT_NOON,
            "forecast_grams": "300",
            "forecast_share": "1.200000",
            "overrun_date": "2026-11-26",
            "exceeded_date": None,
            "told": [],
        },
    }
    tell_of_budgets(grace.database, public_url=PUBLIC_URL, now=NOON)
    made["standing"]["told"] = [{"kind": "forecast", "told_at": AT_NOON}, {"kind": "warning", "told_at": AT_NOON}]
    assert client.get(f"/budgets/{made['id']}").json() == made
    assert client.get("/budgets").json() == {"data": [made]}


def test_of_the_high_estimate_and_of_a_project(client: httpx.Client, grace: OnRecord) -> None:
    search = grace.a_project("Search")
    high, other = (
        make(client, limit_grams=428, bound="high", warning_percent=100),
        make(client, limit_grams="1", project_id=f"proj_{search}"),
    )
    assert (high["standing"]["spent_grams"], high["standing"]["judgement"]) == ("428", "overrun-expected")
    assert other["project"] == {"id": f"proj_{search}", "name": "Search"}
    assert (other["standing"]["spent_grams"], other["standing"]["forecast_grams"]) == ("0", None)
    assert [each["id"] for each in client.get("/budgets").json()["data"]] == [high["id"], other["id"]]


def test_there_is_one_for_each_and_a_retry_makes_no_second(client: httpx.Client, grace: OnRecord) -> None:
    once = {"Idempotency-Key": "once"}
    first, again = (client.post("/budgets", json={"limit_grams": "5"}, headers=once) for _ in range(2))
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json() == first.json()
    assert refused(client.post("/budgets", json={"limit_grams": "5"})) == (409, "budget-exists")
    mine = {"limit_grams": "5", "project_id": f"proj_{grace.tenant.project_id}"}
    assert client.post("/budgets", json=mine).status_code == 201
    assert refused(client.post("/budgets", json=mine)) == (409, "budget-exists")


def test_what_changes_is_a_version_and_a_pause_is_none(client: httpx.Client, grace: OnRecord) -> None:
    budget = f"/budgets/{make(client, limit_grams='250')['id']}"
    changed = client.patch(budget, json={"limit_grams": "500", "version": 1}).json()
    assert (changed["version"], changed["standing"]["judgement"]) == (2, "within")
    assert refused(client.patch(budget, json={"bound": "low", "version": 1})) == (409, "budget-changed")
    paused = client.patch(budget, json={"is_paused": True, "limit_grams": "500"}).json()
    assert (paused["version"], paused["is_paused"]) == (2, True)
    history = client.get(f"{budget}/history").json()["data"]
    assert [(each["version"], each["limit_grams"], each["set_by"][:4]) for each in history] == [
        (2, "500", "key_"),
        (1, "250", "key_"),
    ]
    assert client.delete(budget).status_code == 204
    assert refused(client.get(budget)) == (404, "budget-not-found")
    assert refused(client.delete(budget)) == (404, "budget-not-found")
    assert client.get("/budgets").json() == {"data": []}
    with grace.database.tenant(grace.tenant.org_id) as connection:
        audited = connection.execute("select act, reason from ops.audit_log where act like 'budget.%' order by id")
        assert [(row["act"], row["reason"]) for row in audited.fetchall()] == [
            ("budget.created", "organization: 250 g a month, central, warning at 80 %"),
            ("budget.changed", "organization: 500 g a month, central, warning at 80 %"),
            ("budget.paused", "organization: 500 g a month, central, warning at 80 %"),
            ("budget.removed", "organization: 500 g a month, central, warning at 80 %"),
        ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"limit_grams": 0},
        {"limit_grams": "-1"},
        {"limit_grams": "0.0000001"},
        {"limit_grams": "1000000000000.1"},
        {"limit_grams": "NaN"},
        {"limit_grams": "5", "warning_percent": 0},
        {"limit_grams": "5", "warning_percent": 101},
        {"limit_grams": "5", "bound": "median"},
        {"limit_grams": "5", "month": "2026-11"},
    ],
)
def test_what_is_no_budget_is_refused(built_api: httpx.Client, world: Any, body: dict[str, Any]) -> None:
    assert refused(built_api.post("/v1/budgets", json=body, headers=world.ada.by_key)) == (422, "invalid-input")


def test_who_reads_writes_nothing_and_another_organizations_project_is_unknown(
    client: httpx.Client, grace: OnRecord
) -> None:
    reading = grace.tenant.by_read_key
    assert refused(client.post("/budgets", json={"limit_grams": "5"}, headers=reading)) == (403, "forbidden")
    assert client.get("/budgets", headers=reading).json() == {"data": []}
    for project in ("proj_1", "proj_999999", "conn_1", "x"):
        answer = client.post("/budgets", json={"limit_grams": "5", "project_id": project})
        assert refused(answer) == (422, "unknown-project")


def test_before_the_first_build_nothing_is_said_of_the_month(api: httpx.Client, context: ServerContext) -> None:
    early = on_record(context.database)
    answer = api.post("/v1/budgets", json={"limit_grams": "5"}, headers=early.tenant.by_key)
    assert answer.json()["standing"] is None
    assert tell_of_budgets(context.database, public_url=PUBLIC_URL, now=NOON) == 0

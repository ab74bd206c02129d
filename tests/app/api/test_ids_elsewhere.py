"""Ids in bodies and queries: another organization's is answered as one that does not exist."""

from typing import Any

import httpx
import pytest

from tests.app.api.mapped import ALL, Mapped, to

pytestmark = pytest.mark.database

SPAN = {"start": "2026-11-20", "end": "2026-11-21"}


def bodies(connection: str, own_connection: str, project: str, own_project: str) -> list[tuple[str, dict[str, Any]]]:
    """Each request that names a thing in its body, once with the connection foreign, once with the project."""
    correction = {"selector": ALL, **SPAN}
    mapping = f"/v1/connections/{own_connection}/mapping"
    return [
        ("/v1/connections", {"provider": "openai", "api_key": "sk-admin-x", "project_id": project}),
        (mapping, {"version": 1, "changes": [to(project)]}),
        (f"{mapping}/preview", {"changes": [to(project)]}),
        ("/v1/corrections", correction | {"connection_id": own_connection, "project_id": project, "reason": "why"}),
        ("/v1/corrections", correction | {"connection_id": connection, "project_id": own_project, "reason": "why"}),
        ("/v1/corrections/preview", correction | {"connection_id": own_connection, "project_id": project}),
        ("/v1/corrections/preview", correction | {"connection_id": connection, "project_id": own_project}),
    ]


def refusal(answer: httpx.Response) -> tuple[int, dict[str, Any]]:
    return answer.status_code, answer.json() | {"request_id": ""}


def test_in_a_body_it_is_the_same_as_none(standing: Mapped) -> None:
    own = (f"conn_{standing.hourly.connection_id}", standing.default)
    forged = bodies(f"conn_{standing.bob_openai.connection_id}", own[0], f"proj_{standing.bob.project_id}", own[1])
    absent = bodies("conn_987654321", own[0], "proj_987654321", own[1])
    for (path, forged_body), (_, absent_body) in zip(forged, absent, strict=True):
        status, body = refusal(standing.client.post(path, json=forged_body, headers=standing.ada.by_key))
        assert (status, body["code"]) in {
            (422, "unknown-provider"),  # this installation has none, and says so before it looks at the project
            (422, "unknown-project"),
            (404, "connection-not-found"),
            (404, "not-found"),
        }, path
        assert (status, body) == refusal(standing.client.post(path, json=absent_body, headers=standing.ada.by_key))


@pytest.mark.parametrize("path", ["/v1/telemetry/summary", "/v1/telemetry/usage", "/v1/projects/{own}/summary"])
def test_in_a_query_it_is_the_same_as_none(standing: Mapped, path: str) -> None:
    address = path.format(own=standing.default)
    foreign = {
        "connection_id": f"conn_{standing.bob_openai.connection_id}",
        "project_id": f"proj_{standing.bob.project_id}",
    }
    absent = {"connection_id": "conn_987654321", "project_id": "proj_987654321"}
    for name in foreign:
        if name == "project_id" and "{own}" in path:
            continue
        answers = [
            standing.client.get(address, params=SPAN | {name: ids[name]}, headers=standing.ada.by_key)
            for ids in (foreign, absent)
        ]
        assert refusal(answers[0]) == refusal(answers[1])
        assert answers[0].status_code == 404

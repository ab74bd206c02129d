"""/v1/projects on the wire: names, renaming, archiving, the default one."""

import json

import pytest

from tests.app.api.mapped import Mapped, key, to

pytestmark = pytest.mark.database

AT_NOON = "2026-11-22T12:00:00Z"


def test_a_project_is_made_shown_and_audited(mapped: Mapped) -> None:
    answer = mapped.create("  Search ")
    made = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/projects/{made['id']}")
    assert made == {
        "id": made["id"],
        "name": "Search",
        "is_default": False,
        "version": 1,
        "created_at": AT_NOON,
        "archived_at": None,
    }
    assert mapped.client.get(answer.headers["Location"], headers=mapped.ada.by_read_key).json() == made
    listed = mapped.client.get("/v1/projects", headers=mapped.ada.by_read_key).json()["data"]
    assert [each["name"] for each in listed] == ["Default", "Search"]
    assert mapped.audited("project.created") == [
        {"actor": mapped.key_id(), "act": "project.created", "subject": made["id"], "reason": "Search"}
    ]


def test_the_same_key_makes_one_project(mapped: Mapped) -> None:
    headers = mapped.ada.by_key | {"Idempotency-Key": "once"}
    first, second = (mapped.client.post("/v1/projects", json={"name": "A"}, headers=headers) for _ in range(2))
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.json() == second.json()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("🧪", "🧪"),
        ("👩‍🔬 lab", "👩‍🔬 lab"),
        ("Cafe\u0301", "Café"),
        ("\u1112\u1161\u11ab", "한"),
        ("بحث", "بحث"),
        ("חיפוש 2", "חיפוש 2"),
        ("\u00a0\u3000 搜索 \t", "搜索"),
        ("=1+1", "=1+1"),
        ("x" * 80, "x" * 80),
        ("𝔘" * 80, "𝔘" * 80),
        ("\u03b1\u0313\u0300\u0345" * 80, "\u1f82" * 80),
    ],
)
def test_names_of_any_script_are_kept_in_one_form(standing: Mapped, sent: str, kept: str) -> None:
    assert standing.create(sent).json()["name"] == kept


@pytest.mark.parametrize(
    "sent",
    [
        "", "   ", "\u3000", "x" * 81, "𝔘" * 81, "\u1f82" * 81, "a\nb", "a\tb", "a\x00b", "a\x7fb", "a\x85b", "a\x9fb",
        "a\u2028b", "a\u2029b", "a\u202eb", "a\u202ab", "\u2066a", "a\u2069", "a\u0301\u0316" * 100_000,
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_printed_on_one_line_is_refused(standing: Mapped, sent: str) -> None:
    for answer in (standing.create(sent), standing.patch(standing.default, name=sent)):
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-project-name")


def test_half_a_surrogate_pair_is_no_name(standing: Mapped) -> None:
    headers = standing.ada.by_key | {"Content-Type": "application/json"}
    answer = standing.client.post("/v1/projects", content=b'{"name": "a\\ud800"}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-project-name")


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": 7}, {"name": "a", "is_default": True}, []])
def test_what_is_no_project_is_refused(standing: Mapped, body: object) -> None:
    answer = standing.client.post("/v1/projects", content=json.dumps(body), headers=standing.ada.by_key)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


def test_a_name_is_taken_in_every_spelling_also_by_an_archived_project(mapped: Mapped) -> None:
    made = mapped.project("Café")
    assert mapped.patch(made, is_archived=True).status_code == 200
    other = mapped.project("Search")
    for answer in (mapped.create("Cafe\u0301"), mapped.patch(other, name=" Cafe\u0301")):
        assert (answer.status_code, answer.json()["code"]) == (409, "project-name-taken")
    assert mapped.create("café").status_code == 201  # another name: case is told apart
    theirs = mapped.client.post("/v1/projects", json={"name": "Café"}, headers=mapped.bob.by_key)
    assert theirs.status_code == 201


def test_renaming_keeps_both_names_in_the_audit_log(mapped: Mapped) -> None:
    made = mapped.project("Search")
    renamed = mapped.patch(made, name="Find").json()
    assert (renamed["name"], renamed["version"]) == ("Find", 2)
    assert mapped.audited("project.renamed") == [
        {"actor": f"user_{mapped.ada.user_id}", "act": "project.renamed", "subject": made, "reason": "Search → Find"}
    ]
    assert mapped.patch(made, name="Find").json()["version"] == 2
    assert len(mapped.audited("project.renamed")) == 1


def test_a_stale_version_is_told_and_none_at_all_overwrites(mapped: Mapped) -> None:
    made = mapped.project("Search")
    assert mapped.patch(made, name="Find", version=1).status_code == 200
    stale = mapped.patch(made, name="Seek", version=1)
    assert (stale.status_code, stale.json()["code"]) == (409, "project-changed")
    assert mapped.patch(made, name="Seek").json()["name"] == "Seek"


@pytest.mark.parametrize(
    "body",
    [{}, {"version": 1}, {"name": None}, {"is_default": False}, {"name": "a", "version": 0}, {"name": "a", "id": "x"}],
)
def test_a_change_that_is_none_is_refused(standing: Mapped, body: dict[str, object]) -> None:
    answer = standing.patch(standing.default, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


def test_an_archived_project_is_listed_when_asked_for_and_can_be_restored(mapped: Mapped) -> None:
    made = mapped.project("Search")
    assert mapped.patch(made, is_archived=True).json()["archived_at"] == AT_NOON
    listed = mapped.client.get("/v1/projects", headers=mapped.ada.by_key).json()["data"]
    assert [each["id"] for each in listed] == [mapped.default]
    everything = mapped.client.get("/v1/projects?include_archived=true", headers=mapped.ada.by_key).json()["data"]
    assert [each["id"] for each in everything] == [mapped.default, made]
    assert mapped.client.get(f"/v1/projects/{made}", headers=mapped.ada.by_key).status_code == 200
    assert mapped.patch(made, is_archived=False).json()["archived_at"] is None
    acts = [each["act"] for each in mapped.audited("project.archived", "project.restored")]
    assert acts == ["project.archived", "project.restored"]


def test_a_project_that_usage_goes_to_names_the_connections_that_have_to_move_first(mapped: Mapped) -> None:
    made, other = mapped.project("Search"), mapped.project("Other")
    mapped.change(mapped.hourly, to(made, key("key_1"))).raise_for_status()
    mapped.change(mapped.daily, to(made), effective_at="2026-12-24T18:00:00Z").raise_for_status()
    refused = mapped.patch(made, is_archived=True, name="Never")
    assert (refused.status_code, refused.json()["code"]) == (409, "project-in-use")
    assert "“Prod”, “Router”" in refused.json()["detail"]
    mapped.change(mapped.daily, to(mapped.default), effective_at="2026-12-24T17:00:00Z").raise_for_status()
    assert "“Prod” goes" in mapped.patch(made, is_archived=True).json()["detail"]
    mapped.change(mapped.hourly, to(other, key("key_1"))).raise_for_status()
    assert mapped.patch(made, is_archived=True).json()["name"] == "Search"


def test_a_project_that_usage_goes_to_until_a_planned_instant_is_in_use(mapped: Mapped) -> None:
    made = mapped.project("Search")
    mapped.change(mapped.hourly, to(made)).raise_for_status()
    mapped.change(mapped.hourly, to(mapped.default), effective_at="2026-11-22T13:00:00Z").raise_for_status()
    assert mapped.patch(made, is_archived=True).json()["code"] == "project-in-use"


def test_an_account_that_nobody_reads_any_more_does_not_keep_a_project_open(mapped: Mapped) -> None:
    made = mapped.project("Search")
    other = mapped.project("Other")
    mapped.change(mapped.hourly, to(made), to(made, key("key_1")), to(other, key("key_2"))).raise_for_status()
    for day, project in (("2026-12-01", other), ("2026-12-02", made)):
        mapped.change(mapped.hourly, to(project), to(project, key("key_2")), effective_at=day).raise_for_status()
    with mapped.context.database.worker() as connection:
        connection.execute(
            "update ops.connections set status = 'deleted', secret_arn = null, deleted_at = %s where id = %s",
            [mapped.clock.now(), mapped.hourly.connection_id],
        )
    assert mapped.patch(made, is_archived=True).status_code == 200
    with mapped.context.database.worker() as connection:
        routed = connection.execute(
            "select selector_value, project_id, lower(in_force)::date::text, upper(in_force)::date::text as until"
            " from ops.workloads where account_id = %s and (upper(in_force) <= %s) is not true order by 1, 3",
            [mapped.hourly.account_id, mapped.clock.now()],
        ).fetchall()
    default, others = mapped.ada.project_id, int(other.removeprefix("proj_"))
    assert [tuple(row.values()) for row in routed] == [
        ("(all)", default, "2026-11-22", "2026-12-01"),
        ("(all)", others, "2026-12-01", "2026-12-02"),
        ("(all)", default, "2026-12-02", None),
        ("key_2", others, "2026-11-22", "2026-12-02"),
    ]


def test_the_default_project_stays_open_until_another_one_is_it(mapped: Mapped) -> None:
    made = mapped.project("Search")
    for refused in (
        mapped.patch(mapped.default, is_archived=True),
        mapped.patch(made, is_archived=True, is_default=True),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "default-project")
    moved = mapped.patch(made, is_default=True).json()
    assert (moved["is_default"], moved["version"]) == (True, 2)
    former = mapped.client.get(f"/v1/projects/{mapped.default}", headers=mapped.ada.by_key).json()
    assert (former["is_default"], former["version"]) == (False, 2)
    mapped.change(mapped.hourly, to(made)).raise_for_status()
    mapped.change(mapped.daily, to(made)).raise_for_status()
    assert mapped.patch(mapped.default, is_archived=True).status_code == 200
    refused = mapped.patch(mapped.default, is_default=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "project-archived")
    assert mapped.patch(mapped.default, is_default=True, is_archived=False).json()["is_default"] is True


def test_a_refused_change_changes_nothing(mapped: Mapped) -> None:
    made = mapped.project("Search")
    mapped.change(mapped.hourly, to(made)).raise_for_status()
    before = mapped.client.get("/v1/projects?include_archived=true", headers=mapped.ada.by_key).json()
    mapped.patch(made, name="Renamed", is_default=True, is_archived=True)
    mapped.patch(made, name="Default")
    assert mapped.client.get("/v1/projects?include_archived=true", headers=mapped.ada.by_key).json() == before
    assert mapped.audited("project.renamed", "project.made-default", "project.archived") == []


def test_projects_come_in_pages(mapped: Mapped) -> None:
    made = [mapped.project(name) for name in ("c", "a", "b")]
    first = mapped.client.get("/v1/projects?limit=2", headers=mapped.ada.by_key).json()
    rest = mapped.client.get(f"/v1/projects?limit=2&cursor={first['next_cursor']}", headers=mapped.ada.by_key).json()
    assert [each["id"] for each in first["data"] + rest["data"]] == [mapped.default, *made]
    assert rest["next_cursor"] is None


def test_who_may_only_read_changes_nothing(standing: Mapped) -> None:
    calls = [
        ("POST", "/v1/projects", {"name": "a"}),
        ("PATCH", f"/v1/projects/{standing.default}", {"name": "a"}),
        (
            "POST",
            f"/v1/connections/conn_{standing.hourly.connection_id}/mapping",
            {"version": 1, "changes": [to(standing.default)]},
        ),
        ("POST", "/v1/corrections/corr_1/withdraw", None),
    ]
    for method, path, body in calls:
        answer = standing.client.request(method, path, json=body, headers=standing.ada.by_read_key)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")

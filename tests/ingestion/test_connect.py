"""Connecting: all of it or nothing, in the right project, and the key nowhere but in the vault."""

import logging
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg.types.range import Range
from pydantic import SecretStr

from core.database import fetch_one
from core.errors import CarbonLedgerError
from core.secret_store import LocalVault
from ingestion.connections import change_endpoint, connect, delete, get_connection, rename
from ingestion.errors import (
    ConnectionNotFoundError,
    InvalidLabelError,
    MappingChangedError,
    UnknownProjectError,
    UnknownProviderError,
    UnknownUsageEndpointError,
)
from ingestion.mapping import WHOLE_ACCOUNT, MappingChange, change_mapping
from ingestion.projects import create_project, list_projects
from ingestion.providers.protocol import KeyRefusedError
from ingestion.usage_row import ProviderName
from tests.ingestion.world import World, an_organization
from tests.sandbox_process import admin_key

pytestmark = pytest.mark.database

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class FailingVault(LocalVault):
    """Keeps secrets, and remembers what was put and deleted."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.kept: set[str] = set()

    def put(self, name: str, secret: SecretStr) -> str:
        arn = super().put(name, secret)
        self.kept.add(arn)
        return arn

    def delete(self, arn: str) -> None:
        super().delete(arn)
        self.kept.discard(arn)


def test_a_connection_begins_with_an_account_a_workload_streams_and_a_queued_sync(world: World) -> None:
    view = world.connect("openai")
    (project,) = list_projects(world.database, world.org_id)
    assert (view.label, view.status, view.project_at(NOW)) == ("OpenAI", "active", project.id)
    assert (view.data_through, view.last_polled_at, view.error_code) == (None, None, None)
    assert view.sync is not None
    assert view.sync.state == "queued"
    with world.database.worker() as connection:
        streams = connection.execute("select endpoint, in_force from ops.usage_streams order by endpoint").fetchall()
        workload = fetch_one(connection, "select selector_kind, selector_value, in_force from ops.workloads")
    assert streams == [{"endpoint": name, "in_force": Range(None, None)} for name in ("completions", "embeddings")]
    assert workload == {"selector_kind": "account", "selector_value": "(all)", "in_force": Range(None, None)}


def test_a_secret_is_removed_again_if_the_transaction_fails(world: World, tmp_path: Path) -> None:
    vault = FailingVault(tmp_path / "watched")
    world.secrets = vault
    with world.database.owner() as connection:
        connection.execute("alter table ops.sync_requests add constraint nothing_goes check (false) not valid")
    with pytest.raises(Exception, match="nothing_goes"):
        world.connect("openai")
    assert vault.kept == set()
    with world.database.worker() as connection:
        assert fetch_one(connection, "select count(*) as rows from ops.provider_accounts")["rows"] == 0


@pytest.mark.parametrize("label", ["", "   ", "a\nb", "x" * 81, "zero\u200bwidth"])
def test_a_bad_label_is_refused_before_the_provider_is_asked(world: World, label: str) -> None:
    if label == "":
        assert world.connect("openai", label=label).label == "OpenAI"
        return
    with pytest.raises(InvalidLabelError):
        world.connect("openai", label=label)
    assert world.sandbox.requests() == []


def test_another_organizations_project_is_unknown(world: World) -> None:
    other = an_organization(world.database, name="Other", owner="other@example.com", now=NOW)
    (theirs,) = list_projects(world.database, other)
    with pytest.raises(UnknownProjectError):
        world.connect("openai", project_id=theirs.id)
    assert world.sandbox.requests() == []


def test_a_provider_that_is_not_offered_is_refused(world: World) -> None:
    with pytest.raises(UnknownProviderError, match="anthropic"):
        connect(
            world.database,
            {ProviderName.ANTHROPIC: world.providers[ProviderName.ANTHROPIC]},
            world.secrets,
            org_id=world.org_id,
            provider=ProviderName.OPENAI,
            api_key=SecretStr(admin_key("openai")),
            label=None,
            project_id=None,
            now=NOW,
        )


def test_adding_an_account_again_under_another_project_moves_only_what_follows(world: World) -> None:
    first = world.connect("openai")
    with world.database.tenant(world.org_id) as connection:
        project = fetch_one(
            connection,
            "insert into ops.projects (org_id, name, created_at) values (%s, 'Second', %s) returning id",
            [world.org_id, NOW],
        )["id"]
    delete(world.database, world.providers, world.secrets, world.clock, org_id=world.org_id, connection_id=first.id)
    world.advance(timedelta(hours=3, minutes=20))
    again = world.connect("openai", project_id=project)
    assert again.project_at(world.clock.now()) == project
    with world.database.worker() as connection:
        spans = connection.execute("select project_id, in_force from ops.workloads order by in_force").fetchall()
        touch = fetch_one(connection, "select days from ops.usage_touches order by arrival_id desc limit 1")
    moved = NOW + timedelta(hours=3, minutes=20)  # to the instant: the bucket that contains it stays
    assert spans == [
        {"project_id": first.project_at(NOW), "in_force": Range(None, moved)},
        {"project_id": project, "in_force": Range(moved, None)},
    ]
    assert touch == {"days": Range(NOW.date(), None)}
    with pytest.raises(MappingChangedError):
        change_mapping(
            world.database,
            org_id=world.org_id,
            connection_id=again.id,
            version=1,
            changes=[MappingChange(WHOLE_ACCOUNT, project)],
            effective_at=None,
            actor="user_1",
            now=world.clock.now(),
        )


def test_adding_an_account_again_under_its_planned_project_does_not_wait_for_the_plan(world: World) -> None:
    first = world.connect("openai")
    project = create_project(world.database, org_id=world.org_id, name="Planned", actor="user_1", now=NOW).id
    change_mapping(
        world.database,
        org_id=world.org_id,
        connection_id=first.id,
        version=1,
        changes=[MappingChange(WHOLE_ACCOUNT, project)],
        effective_at=NOW + timedelta(days=1),
        actor="user_1",
        now=NOW,
    )
    delete(world.database, world.providers, world.secrets, world.clock, org_id=world.org_id, connection_id=first.id)
    again = world.connect("openai", project_id=project)
    assert again.account_projects == ((None, first.project_at(NOW)), (world.clock.now(), project))


def test_connecting_and_deleting_another_provider_touches_openrouters_usage(world: World) -> None:
    router = world.connect("openrouter")
    other = world.connect("openai")
    delete(world.database, world.providers, world.secrets, world.clock, org_id=world.org_id, connection_id=other.id)
    with world.database.worker() as connection:
        causes = connection.execute(
            "select cause from ops.usage_touches where account_id = %s order by arrival_id", [router.account_id]
        ).fetchall()
    assert [row["cause"] for row in causes] == ["connected", "connected", "connected", "disconnected"]


def test_a_rename_is_seen_and_another_organization_cannot_do_it(world: World) -> None:
    connection = world.connect("openai")
    renamed = rename(world.database, org_id=world.org_id, connection_id=connection.id, label=" New ", now=NOW)
    assert renamed.label == "New"
    other = an_organization(world.database, name="Other", owner="other@example.com", now=NOW)
    with pytest.raises(ConnectionNotFoundError):
        rename(world.database, org_id=other, connection_id=connection.id, label="Theirs", now=NOW)
    assert get_connection(world.database, world.org_id, connection.id).label == "New"


def test_an_unknown_endpoint_changes_nothing(world: World) -> None:
    connection = world.connect("anthropic")
    with pytest.raises(UnknownUsageEndpointError, match="messages, analytics"):
        change_endpoint(
            world.database,
            world.providers,
            world.secrets,
            org_id=world.org_id,
            connection_id=connection.id,
            usage_endpoint="nowhere",
            now=NOW,
        )
    assert get_connection(world.database, world.org_id, connection.id).usage_endpoint == "messages"


def test_a_key_is_nowhere_but_in_the_vault(
    world: World, database_url: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    refused = "sk-admin-" + "refused-and-never-to-be-seen"
    errors: list[CarbonLedgerError] = []
    for provider in ("openai", "anthropic", "openrouter"):
        world.connect(provider)
    world.sync()
    with pytest.raises(KeyRefusedError) as refusal:
        world.connect("openai", key=refused)
    errors.append(refusal.value)
    world.sandbox.revoke(admin_key("openai"))
    try:
        world.poll()
    finally:
        world.sandbox.restore(admin_key("openai"))
    with world.database.owner() as connection:
        tables = connection.execute(
            "select format('%I.%I', table_schema, table_name) as name from information_schema.tables"
            " where table_schema in ('ops', 'raw') and table_type = 'BASE TABLE'"
        ).fetchall()
        stored = "\n".join(
            str(row["line"])
            for table in tables
            for row in connection.execute(f"select line::text as line from {table['name']} line".encode())
        )
    keys = [admin_key(provider) for provider in ("openai", "anthropic", "openrouter")] + [refused]
    assert "arn:" in stored
    for key in keys:
        assert key not in stored
        assert key not in caplog.text
        assert not any(key in repr(error) or key in str(error.__cause__) for error in errors)
        found = subprocess.run(["grep", "-rl", key, str(tmp_path)], capture_output=True, text=True, check=False)
        assert found.stdout == ""

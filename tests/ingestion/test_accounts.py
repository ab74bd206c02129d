"""One account, whatever keys come and go: nothing counts twice, and other accounts' keys are refused."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from core.secret_store import SecretMissingError
from ingestion.connections import delete, list_connections, reauthenticate
from ingestion.errors import AccountAlreadyConnectedError, OtherAccountError
from ingestion.providers.protocol import KeyRefusedError
from tests.ingestion.raw_truth import hashes_counted_twice, raw_cells
from tests.ingestion.test_replay import the_trace
from tests.ingestion.world import PROVIDERS, World
from tests.sandbox_process import admin_key

pytestmark = pytest.mark.database


def secret_arns(world: World) -> list[str]:
    with world.database.worker() as connection:
        rows = connection.execute("select secret_arn from ops.connections where deleted_at is null").fetchall()
    return [row["secret_arn"] for row in rows]


def vault_files(world: World) -> int:
    return sum(1 for file in (world.secrets._folder).iterdir() if not file.name.startswith("vault.key"))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_deleted_connection_that_is_added_again_resumes_its_account(world: World, provider: str) -> None:
    first = world.connect(provider)
    world.sync()
    (arn,) = secret_arns(world)

    def delete_and_add() -> None:
        delete(world.database, world.providers, world.secrets, world.clock, org_id=world.org_id, connection_id=first.id)
        with pytest.raises(SecretMissingError):
            world.secrets.get(arn)
        assert list_connections(world.database, world.org_id) == []
        world.advance(timedelta(hours=2))
        second = world.connect(provider, label="Again")
        assert (second.account_id, second.account_projects) == (first.account_id, first.account_projects)
        assert second.id != first.id
        world.sync()
        world.poll("weekly")

    assert world.totals_unchanged(first, delete_and_add)
    assert raw_cells(world.database, first.account_id) == the_trace(provider)
    assert hashes_counted_twice(world.database) == 0
    assert vault_files(world) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_second_key_of_a_connected_account_is_refused_by_the_first_ones_name(world: World, provider: str) -> None:
    first = world.connect(provider, label="The first")
    world.sync()

    def connect_second() -> None:
        with pytest.raises(AccountAlreadyConnectedError, match="The first"):
            world.connect(provider, key=f"{admin_key(provider)}-second")

    assert world.totals_unchanged(first, connect_second)
    assert [view.id for view in list_connections(world.database, world.org_id)] == [first.id]
    assert vault_files(world) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_another_accounts_key_does_not_reauthenticate(world: World, provider: str) -> None:
    first = world.connect(provider)
    world.sync()
    before = secret_arns(world)

    def reauthenticate_with_other() -> None:
        with pytest.raises(OtherAccountError):
            reauthenticate(
                world.database,
                world.providers,
                world.secrets,
                org_id=world.org_id,
                connection_id=first.id,
                api_key=SecretStr(f"{admin_key(provider)}-other"),
                now=world.clock.now(),
            )

    assert world.totals_unchanged(first, reauthenticate_with_other)
    assert secret_arns(world) == before
    assert vault_files(world) == 1


def test_another_key_of_the_same_account_reauthenticates_and_the_old_secret_goes(world: World) -> None:
    first = world.connect("openai")
    world.sync()
    (old_arn,) = secret_arns(world)
    view = reauthenticate(
        world.database,
        world.providers,
        world.secrets,
        org_id=world.org_id,
        connection_id=first.id,
        api_key=SecretStr(f"{admin_key('openai')}-second"),
        now=world.clock.now(),
    )
    (new_arn,) = secret_arns(world)
    assert (view.status, view.account_id) == ("active", first.account_id)
    assert world.secrets.get(new_arn).get_secret_value().endswith("-second")
    with pytest.raises(SecretMissingError):
        world.secrets.get(old_arn)


def test_two_accounts_of_one_provider_stand_side_by_side(world: World) -> None:
    first = world.connect("anthropic")
    second = world.connect("anthropic", key=f"{admin_key('anthropic')}-other")
    world.sync()
    assert first.account_id != second.account_id
    other_trace = the_trace("anthropic", organization_id="other-anthropic")
    assert raw_cells(world.database, first.account_id) == the_trace("anthropic")
    assert raw_cells(world.database, second.account_id) == other_trace


def test_a_refused_key_stores_nothing(world: World) -> None:
    with pytest.raises(KeyRefusedError):
        world.connect("openai", key="sk-admin-nobody-knows-this-one")
    assert list_connections(world.database, world.org_id) == []
    assert not world.secrets._folder.exists()

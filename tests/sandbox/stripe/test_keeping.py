"""An account that is kept in a file: started again it goes on, with the endpoints of its new configuration."""

from pathlib import Path

from sandbox.stripe.config import EndpointConfig, StripeSandboxConfig
from sandbox.stripe.customers import new_customer
from sandbox.stripe.world import World


def listening_at(port: int) -> StripeSandboxConfig:
    return StripeSandboxConfig(
        webhook_endpoints=(EndpointConfig(url=f"http://127.0.0.1:{port}/", secret="whsec_kept"),)
    )


def test_a_sandbox_goes_on_where_it_was_with_its_new_endpoints(tmp_path: Path) -> None:
    file = tmp_path / "stripe.account"
    first = World(listening_at(1), file)
    customer = new_customer(first.account, email="ada@example.com", name=None)
    prices = first.account.store.all("price")
    first.catch_up()
    again = World(listening_at(2), file)
    assert again.account.store.all("customer") == [customer]
    assert again.account.store.all("price") == prices
    (endpoint,) = again.account.store.all("webhook_endpoint")
    assert endpoint["url"] == "http://127.0.0.1:2/"
    assert list(again.account.secrets) == [endpoint["id"]]
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_reset_forgets_what_was_kept(tmp_path: Path) -> None:
    file = tmp_path / "stripe.account"
    world = World(listening_at(1), file)
    new_customer(world.account, email="ada@example.com", name=None)
    world.catch_up()
    world.reset()
    world.catch_up()
    assert World(listening_at(1), file).account.store.all("customer") == []

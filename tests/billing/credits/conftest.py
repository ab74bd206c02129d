"""One broker for all tests of credits, as at the start for each of them."""

from collections.abc import Iterator

import pytest

from tests.billing.credits.broker_process import BrokerSandbox, start_broker_sandbox
from tests.billing.credits.ledger import NOW


@pytest.fixture(scope="session")
def running_broker() -> Iterator[BrokerSandbox]:
    with start_broker_sandbox(now=NOW) as sandbox:
        yield sandbox


@pytest.fixture
def broker(running_broker: BrokerSandbox) -> BrokerSandbox:
    running_broker.reset()
    return running_broker

"""One Stripe sandbox process for this folder's tests, as it was at the start before each."""

from collections.abc import Iterator

import pytest

from tests.sandbox.stripe.subscriber import Subscriber
from tests.stripe_process import StripeSandbox, start_stripe_sandbox
from tests.webhook_receiver import WebhookReceiver


@pytest.fixture(scope="session")
def running_stripe() -> Iterator[StripeSandbox]:
    with start_stripe_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_stripe: StripeSandbox) -> StripeSandbox:
    running_stripe.reset()
    return running_stripe


@pytest.fixture
def subscriber(sandbox: StripeSandbox) -> Subscriber:
    """A customer with a good card, whose test clock stands at the tenth of November, noon."""
    return Subscriber(sandbox)


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiver:
        yield receiver

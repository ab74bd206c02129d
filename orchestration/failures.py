"""From our errors to Dagster's: transient ones are tried again by Dagster, permanent ones fail the run at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import dagster as dg

from core.errors import PermanentError, TransientError
from ingestion.providers.protocol import ProviderUnavailableError, RateLimitedError

FIRST_WAIT = timedelta(seconds=30)
MOST_RETRIES = 4


@contextmanager
def as_dagster_failures(retry_number: int) -> Iterator[None]:
    """Raise dg.RetryRequested (back-off doubles; a provider's Retry-After wins) or dg.Failure without retries."""
    try:
        yield
    except TransientError as error:
        wait = FIRST_WAIT * 2**retry_number
        if isinstance(error, RateLimitedError | ProviderUnavailableError) and error.retry_after is not None:
            wait = max(wait, error.retry_after)
        raise dg.RetryRequested(max_retries=MOST_RETRIES, seconds_to_wait=wait.total_seconds()) from error
    except PermanentError as error:
        raise dg.Failure(description=error.sentence, allow_retries=False) from error

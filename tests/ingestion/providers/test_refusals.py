"""Which error of ours each provider's refusal is, and what the user is told."""

from datetime import timedelta
from typing import NamedTuple

import httpx
import pytest

from core.errors import CarbonLedgerError, PermanentError, TransientError
from core.http_client import HttpClient
from ingestion.providers.anthropic_usage import AnthropicUsage
from ingestion.providers.openai_usage import OpenAIUsage
from ingestion.providers.openrouter_usage import OpenRouterUsage
from ingestion.providers.protocol import (
    KeyRefusedError,
    MissingScopeError,
    ProviderUnavailableError,
    RateLimitedError,
    UnreadableAnswerError,
    UsageProvider,
    WrongKeyKindError,
)
from tests.ingestion.providers.recorded import Json
from tests.ingestion.providers.wire import NOW, TWO_HOURS, run, secret

ADMIN_KEYS = {"openai": "sk-admin-1234abcd", "anthropic": "sk-ant-admin01-abcd", "openrouter": "sk-or-v1-0123abcd"}


def openai_error(message: str, code: str | None = None) -> Json:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


def anthropic_error(kind: str, message: str) -> Json:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_011CX"}


def openrouter_error(code: int, message: str) -> Json:
    return {"error": {"code": code, "message": message}}


INCORRECT = openai_error(
    "Incorrect API key provided: sk-admin****abcd. You can find your API key at …", "invalid_api_key"
)
NO_SCOPE = openai_error(
    "You have insufficient permissions for this operation. Missing scopes: api.usage.read. Check that you have the "
    "correct role in your organization, and if you're using a restricted API key, that it has the necessary scopes."
)
INVALID = anthropic_error("authentication_error", "invalid x-api-key")
NO_PERMISSION = anthropic_error("permission_error", "Your API key does not have permission to use the resource.")
NO_HEADER = openrouter_error(401, "Missing Authentication header")
MANAGEMENT_ONLY = openrouter_error(403, "Only management keys can perform this operation")


class Refusal(NamedTuple):
    provider: str
    key: str
    status: int
    body: object
    error: type[CarbonLedgerError]


REFUSALS = [
    Refusal("openai", "sk-admin-1234abcd", 401, INCORRECT, KeyRefusedError),
    Refusal("openai", "sk-admin-1234abcd", 401, "no JSON", KeyRefusedError),
    Refusal("openai", "sk-admin-1234abcd", 401, NO_SCOPE, MissingScopeError),
    Refusal("openai", "sk-admin-1234abcd", 403, NO_SCOPE, MissingScopeError),
    Refusal("openai", "sk-admin-1234abcd", 403, openai_error("Forbidden"), MissingScopeError),
    Refusal("openai", "sk-admin-1234abcd", 401, openai_error("Use an admin API key."), WrongKeyKindError),
    Refusal("openai", "sk-proj-1234abcd", 401, NO_SCOPE, WrongKeyKindError),
    Refusal("openai", "sk-proj-1234abcd", 403, NO_SCOPE, WrongKeyKindError),
    Refusal("openai", "sk-1234abcd", 401, INCORRECT, WrongKeyKindError),
    Refusal("openai", "1234abcd", 401, INCORRECT, KeyRefusedError),
    Refusal("anthropic", "sk-ant-admin01-abcd", 401, INVALID, KeyRefusedError),
    Refusal("anthropic", "sk-ant-api03-abcd", 401, INVALID, WrongKeyKindError),
    Refusal("anthropic", "abcd", 401, INVALID, KeyRefusedError),
    Refusal("anthropic", "sk-ant-admin01-abcd", 403, NO_PERMISSION, MissingScopeError),
    Refusal("openrouter", "sk-or-v1-0123abcd", 401, NO_HEADER, KeyRefusedError),
    Refusal("openrouter", "sk-or-v1-0123abcd", 403, MANAGEMENT_ONLY, WrongKeyKindError),
    Refusal("openrouter", "sk-or-v1-0123abcd", 403, openrouter_error(403, "Forbidden"), MissingScopeError),
    Refusal("openrouter", "sk-or-v1-0123abcd", 403, "no JSON", MissingScopeError),
]

ANY_PROVIDER = [
    (400, UnreadableAnswerError),
    (402, UnreadableAnswerError),
    (404, UnreadableAnswerError),
    (422, UnreadableAnswerError),
    (204, UnreadableAnswerError),
    (302, UnreadableAnswerError),
    (408, ProviderUnavailableError),
    (409, ProviderUnavailableError),
    (425, ProviderUnavailableError),
    (500, ProviderUnavailableError),
    (502, ProviderUnavailableError),
    (503, ProviderUnavailableError),
    (524, ProviderUnavailableError),
    (529, ProviderUnavailableError),
]


def failure(name: str, key: str, response: httpx.Response | Exception) -> CarbonLedgerError:
    """What a fetch raises if the provider answers everything with `response`."""

    def answer(request: httpx.Request) -> httpx.Response:
        if isinstance(response, Exception):
            raise response
        return response

    http = HttpClient(user_agent="test", transport=httpx.MockTransport(answer))
    providers: dict[str, UsageProvider] = {
        "openai": OpenAIUsage("https://provider.test/v1", http=http),
        "anthropic": AnthropicUsage("https://provider.test", http=http),
        "openrouter": OpenRouterUsage("https://provider.test/api/v1", http=http),
    }
    provider = providers[name]
    stream = provider.streams(provider.usage_endpoints[0])[0]
    with pytest.raises(CarbonLedgerError) as refusal:
        run(provider.fetch(secret(key), stream=stream, window=TWO_HOURS, now=NOW))
    return refusal.value


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: f"{case.provider} {case.status} {case.error.__name__}")
def test_a_refused_key_is_told_what_is_wrong_with_it(case: Refusal) -> None:
    error = failure(case.provider, case.key, httpx.Response(case.status, json=case.body))
    assert type(error) is case.error
    assert "https://" in error.sentence, "the sentence says where to get a better key"
    assert "abcd" not in error.sentence


@pytest.mark.parametrize("provider", ADMIN_KEYS)
@pytest.mark.parametrize(("status", "expected"), ANY_PROVIDER)
def test_any_other_status_is_unreadable_or_tried_again_later(
    provider: str, status: int, expected: type[CarbonLedgerError]
) -> None:
    error = failure(
        provider, ADMIN_KEYS[provider], httpx.Response(status, headers={"Location": "https://elsewhere.test"})
    )
    assert isinstance(error, expected)
    assert isinstance(error, PermanentError if expected is UnreadableAnswerError else TransientError)
    if provider != "openrouter" or status != 408:
        assert str(status) in error.sentence


@pytest.mark.parametrize("provider", ADMIN_KEYS)
@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ({"Retry-After": "7"}, timedelta(seconds=7)),
        ({"Retry-After": "Sun, 22 Nov 2026 12:06:30 GMT"}, timedelta(seconds=90)),
        ({}, None),
    ],
)
def test_a_rate_limit_passes_on_when_to_come_back(
    provider: str, header: dict[str, str], wait: timedelta | None
) -> None:
    error = failure(provider, ADMIN_KEYS[provider], httpx.Response(429, json={}, headers=header))
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == wait
    busy = failure(provider, ADMIN_KEYS[provider], httpx.Response(503, headers=header))
    assert isinstance(busy, ProviderUnavailableError)
    assert busy.retry_after == wait


@pytest.mark.parametrize("provider", ADMIN_KEYS)
@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("cut"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_provider_that_cannot_be_reached_is_tried_again_later(provider: str, fault: Exception) -> None:
    assert isinstance(failure(provider, ADMIN_KEYS[provider], fault), ProviderUnavailableError)


@pytest.mark.parametrize("provider", ADMIN_KEYS)
@pytest.mark.parametrize("key", ["sk-admin-\n", "sk admin", "", "sk-admin-é", "“sk-admin-1”", "sk-admin-\x00"])
def test_what_cannot_be_a_key_is_refused_unsent(provider: str, key: str) -> None:
    error = failure(provider, key, AssertionError("nothing may be sent"))
    assert isinstance(error, KeyRefusedError)
    assert "spaces" in error.sentence

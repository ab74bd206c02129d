"""What days cost, read from each provider: amounts to the last digit, pages to their end, and a key that may not."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from core.http_client import HttpClient
from ingestion.providers.anthropic_usage import AnthropicUsage
from ingestion.providers.openai_usage import OpenAIUsage
from ingestion.providers.openrouter_usage import OpenRouterUsage
from ingestion.providers.protocol import MissingScopeError, UnreadableAnswerError, UsageProvider, WrongKeyKindError
from ingestion.usage_row import DayCost, ProviderName, UsageWindow
from tests.ingestion.providers.wire import NOW, Wire, query_of, run, secret
from tests.ingestion.world import PROVIDERS, clients_at
from tests.sandbox_process import SandboxHandle, admin_key, an_account, start_sandbox

FIRST = datetime(2026, 11, 19, tzinfo=UTC)
DAY = timedelta(days=1)
THREE_DAYS = UsageWindow(FIRST, FIRST + 3 * DAY)
ONE_DAY = UsageWindow(FIRST, FIRST + DAY)

# Dollars per million tokens that the sandbox bills: uncached, read, written for minutes, written for long, output.
BILLED = {
    "gpt-5-2025-08-07": ("1.25", "0.125", "1.25", "1.25", "10"),
    "gpt-5-mini-2025-08-07": ("0.25", "0.025", "0.25", "0.25", "2"),
    "gpt-4o-2024-08-06": ("2.75", "1.375", "2.75", "2.75", "11"),
    "claude-opus-4-8": ("5", "0.5", "6.25", "10", "25"),
    "claude-sonnet-4-5-20250929": ("3", "0.3", "3.75", "6", "15"),
    "claude-haiku-4-5-20251001": ("1.1", "0.11", "1.375", "2.2", "5.5"),
    "anthropic/claude-4.5-sonnet-20250929": ("3", "0.3", "0", "0", "15"),
    "openai/gpt-5-mini-2025-08-07": ("0.25", "0.025", "0", "0", "2"),
    "deepseek/deepseek-chat-v3.1": ("0.297", "0.297", "0", "0", "1.1"),
}
A_QUARTER_DOLLAR = Decimal(250_000)


@pytest.fixture(scope="module")
def running() -> Iterator[SandboxHandle]:
    with start_sandbox({"now": NOW.isoformat(), "accounts": [an_account(provider) for provider in PROVIDERS]}) as it:
        yield it


@pytest.fixture
def sandbox(running: SandboxHandle) -> SandboxHandle:
    running.clear_faults()
    running.forget_requests()
    return running


def client_of(sandbox: SandboxHandle, provider: str) -> UsageProvider:
    return clients_at(sandbox.base_urls)[ProviderName(provider)]


def costs(sandbox: SandboxHandle, provider: str, window: UsageWindow = THREE_DAYS) -> Sequence[DayCost]:
    return run(client_of(sandbox, provider).day_costs(secret(admin_key(provider)), window=window, now=NOW))


def billed(sandbox: SandboxHandle, provider: str) -> dict[date, Decimal]:
    """Micro-dollars of each day, by the usage that the sandbox reports hour by hour."""
    client, days = client_of(sandbox, provider), defaultdict[date, Decimal](Decimal)
    for stream in client.streams(client.usage_endpoints[0]):
        for row in run(client.fetch(secret(admin_key(provider)), stream=stream, window=THREE_DAYS, now=NOW)).rows:
            counts = row.counters
            tokens = (
                counts.uncached_input_tokens, counts.cache_read_tokens, counts.cache_write_5m_tokens,
                counts.cache_write_1h_tokens, counts.output_tokens,
            )  # fmt: skip
            assert row.model is not None
            cost = sum(
                (Decimal(price) * (n or 0) for price, n in zip(BILLED[row.model], tokens, strict=True)), Decimal()
            )
            days[row.bucket_started_at.date()] += cost / 2 if row.is_batch else cost
    return days


@pytest.mark.parametrize("provider", PROVIDERS)
def test_days_cost_what_the_provider_bills_to_the_last_digit(sandbox: SandboxHandle, provider: str) -> None:
    found = costs(sandbox, provider)
    assert {cost.day: cost.token_micros for cost in found} == billed(sandbox, provider)
    assert [cost.day.day for cost in found] == [19, 20, 21]
    assert {(cost.currency, cost.other_micros) for cost in found} == {("USD", Decimal(0))}


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_text_amounts_lists_without_an_end_and_tools_change_nothing_of_tokens(
    sandbox: SandboxHandle, provider: str
) -> None:
    plain = costs(sandbox, provider)
    kinds = ("string_amounts", "pages_past_the_end", "tool_costs")
    sandbox.faults([{"provider": provider, "endpoint": "costs", "kind": kind} for kind in kinds])
    sandbox.forget_requests()
    odd = costs(sandbox, provider)
    assert [cost.token_micros for cost in odd] == [cost.token_micros for cost in plain]
    assert {cost.other_micros for cost in odd} == {A_QUARTER_DOLLAR}
    assert len(sandbox.requests()) == 2  # the second page is empty, and names a third


@pytest.mark.parametrize(
    ("provider", "status", "refusal"),
    [
        ("openai", 401, MissingScopeError),
        ("openai", 403, MissingScopeError),
        ("anthropic", 403, MissingScopeError),
        ("openrouter", 403, WrongKeyKindError),
    ],
)
def test_a_key_that_may_not_read_costs_says_so(
    sandbox: SandboxHandle, provider: str, status: int, refusal: type[Exception]
) -> None:
    endpoint = "activity" if provider == "openrouter" else "costs"
    rule = {"provider": provider, "endpoint": endpoint, "kind": "forbidden", "parameters": {"status": status}}
    sandbox.faults([rule])
    with pytest.raises(refusal):
        costs(sandbox, provider)


def test_openrouter_says_nothing_of_days_before_the_last_thirty(sandbox: SandboxHandle) -> None:
    long_ago = UsageWindow(datetime(2026, 10, 22, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC))
    assert [cost.day.day for cost in costs(sandbox, "openrouter", long_ago)] == [23, 24]
    gone = UsageWindow(datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 9, 2, tzinfo=UTC))
    assert costs(sandbox, "openrouter", gone) == []


def openai_answer(*values: str, has_more: str = "false", next_page: str = "null") -> httpx.Response:
    """A page of one day whose amounts are written exactly so."""
    rows = ",".join(
        f'{{"object":"organization.costs.result","amount":{value},"line_item":"gpt-5-mini, output","project_id":null}}'
        for value in values
    )
    bucket = f'{{"object":"bucket","start_time":1795046400,"end_time":1795132800,"results":[{rows}]}}'
    text = f'{{"object":"page","data":[{bucket}],"has_more":{has_more},"next_page":{next_page}}}'
    return httpx.Response(200, content=text.encode())


def read_openai(wire: Wire) -> list[DayCost]:
    client = OpenAIUsage("https://api.test/v1", http=wire.client())
    return list(run(client.day_costs(secret("sk-admin-1"), window=ONE_DAY, now=NOW)))


def usd(value: str, currency: str = '"usd"') -> str:
    return f'{{"value":{value},"currency":{currency}}}'


def test_amounts_are_read_as_they_are_written_over_all_pages() -> None:
    first = openai_answer(usd("0.1"), usd('"0.2"'), usd("1e-7"), has_more="true", next_page='"page_2"')
    wire = Wire().on("/organization/costs", first, openai_answer(usd("-0.05"), usd("3"), usd("0.1000000000000000055")))
    (day,) = read_openai(wire)
    # 0.1 + 0.2 + 0.0000001 - 0.05 + 3 + 0.1000000000000000055 dollars, to a millionth of a micro-dollar.
    assert day == DayCost(date(2026, 11, 19), "USD", Decimal("3350000.100000"), Decimal("0.000000"))
    question = [
        ("start_time", "1795046400"), ("end_time", "1795132800"), ("bucket_width", "1d"), ("limit", "31"),
        ("group_by[]", "line_item"),
    ]  # fmt: skip
    assert [query_of(request) for request in wire.requests] == [question, [*question, ("page", "page_2")]]


@pytest.mark.parametrize(
    "amount",
    [
        *(usd(value) for value in ("true", "null", '"1,5"', '""', '"NaN"', "1e13", f"1e{'9' * 20}", '"0x1"', "[1]")),
        "null",
        '{"value":1}',
        usd("1", '"dollars"'),
        usd("1", "null"),
    ],
)
def test_an_amount_that_is_none_is_refused(amount: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        read_openai(Wire().on("/organization/costs", openai_answer(amount)))


def test_two_currencies_are_not_added_up() -> None:
    with pytest.raises(UnreadableAnswerError, match="currency"):
        read_openai(Wire().on("/organization/costs", openai_answer(usd("1"), usd("1", '"eur"'))))


def test_a_day_without_a_line_cost_nothing() -> None:
    (day,) = read_openai(Wire().on("/organization/costs", openai_answer()))
    assert (day.token_micros, day.currency) == (Decimal(0), "USD")


def test_anthropics_amounts_are_cents() -> None:
    bucket = {
        "starting_at": "2026-11-19T00:00:00Z",
        "ending_at": "2026-11-20T00:00:00Z",
        "results": [
            {"amount": "123.45", "currency": "USD", "cost_type": "tokens"},
            {"amount": "0.00000001", "currency": "USD", "cost_type": "tokens"},
            {"amount": "50", "currency": "USD", "cost_type": "code_execution"},
        ],
    }
    wire = Wire().on("/cost_report", {"data": [bucket], "has_more": False, "next_page": None})
    client = AnthropicUsage("https://api.test", http=wire.client())
    (day,) = run(client.day_costs(secret("sk-ant-admin01-1"), window=ONE_DAY, now=NOW))
    assert (day.token_micros, day.other_micros) == (Decimal("1234500.0001"), Decimal(500_000))


def test_what_went_through_own_keys_is_part_of_openrouters_cost() -> None:
    row = {"date": "2026-11-19", "usage": 1.284, "byok_usage_inference": 0.1}
    wire = Wire().on("/activity", {"data": [row]})
    client = OpenRouterUsage("https://api.test/api/v1", http=wire.client())
    (day,) = run(client.day_costs(secret("sk-or-v1-1"), window=ONE_DAY, now=NOW))
    assert (day.token_micros, query_of(wire.requests[0])) == (Decimal(1_384_000), [("date", "2026-11-19")])


@pytest.mark.parametrize("client", [OpenAIUsage, AnthropicUsage, OpenRouterUsage])
def test_costs_are_of_whole_days(client: type[OpenAIUsage | AnthropicUsage | OpenRouterUsage]) -> None:
    cut = UsageWindow(FIRST, FIRST + timedelta(hours=1))
    http = HttpClient(user_agent="test", transport=httpx.MockTransport(lambda _: httpx.Response(500)))
    with pytest.raises(ValueError, match="whole UTC days"):
        run(client("https://api.test", http=http).day_costs(secret("k"), window=cut, now=NOW))

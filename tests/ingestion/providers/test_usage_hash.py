"""Golden hashes: a change of any of them counts every stored bucket a second time.

Made outside of the code, for instance: printf '[42,"embeddings","1h",1,1795305600,[["api_key_id","key_a81f"],["model",
"text-embedding-3-large"],["project_id","proj_7Qm2"]]]' | sha256sum (without the line break).
"""

from dataclasses import replace
from datetime import timedelta

from ingestion.providers.anthropic_page import AnalyticsPage, MessagesPage, analytics_rows, messages_rows
from ingestion.providers.openai_page import COMPLETIONS, EMBEDDINGS, OpenAIPage, usage_rows
from ingestion.providers.openrouter_page import ACTIVITY, ANALYTICS
from ingestion.providers.openrouter_usage import OpenRouterUsage
from ingestion.providers.page import Origin, read
from ingestion.usage_row import StreamKind, UsageRow, UsageWindow
from tests.ingestion.providers.recorded import (
    ANTHROPIC_ANALYTICS,
    ANTHROPIC_MESSAGES,
    NO_WORKSPACES,
    OPENAI_COMPLETIONS,
    OPENAI_EMBEDDINGS,
    OPENROUTER_ACTIVITY,
    OPENROUTER_ANALYTICS,
)
from tests.ingestion.providers.wire import MIDNIGHT, NOW, Wire, run, secret

ACCOUNT = 42
ORIGIN = Origin("a provider", "an endpoint")


def openai(stream: StreamKind, page: object) -> list[UsageRow]:
    return list(usage_rows(stream, read(OpenAIPage, page, origin=ORIGIN), origin=ORIGIN))


def openrouter(stream: StreamKind) -> list[UsageRow]:
    wire = Wire().on("/activity", OPENROUTER_ACTIVITY if stream == ACTIVITY else {"data": []})
    wire.on("/workspaces", NO_WORKSPACES).on("/analytics/query", OPENROUTER_ANALYTICS)
    provider = OpenRouterUsage("https://openrouter.test/api/v1", http=wire.client())
    day = MIDNIGHT - timedelta(days=1) if stream == ACTIVITY else MIDNIGHT
    window = UsageWindow(day, day + timedelta(days=1))
    return list(run(provider.fetch(secret("sk-or-v1-1"), stream=stream, window=window, now=NOW)).rows)


def recorded_rows() -> dict[str, UsageRow]:
    completions = openai(COMPLETIONS, OPENAI_COMPLETIONS)
    messages = list(messages_rows(read(MessagesPage, ANTHROPIC_MESSAGES, origin=ORIGIN), origin=ORIGIN))
    analytics = list(analytics_rows(read(AnalyticsPage, ANTHROPIC_ANALYTICS, origin=ORIGIN), origin=ORIGIN))
    return {
        "openai completions": completions[0],
        "openai completions, no key": completions[1],
        "openai embeddings": openai(EMBEDDINGS, OPENAI_EMBEDDINGS)[0],
        "anthropic messages": messages[0],
        "anthropic messages, default workspace": messages[1],
        "anthropic analytics": analytics[0],
        "openrouter analytics": openrouter(ANALYTICS)[0],
        "openrouter activity": openrouter(ACTIVITY)[0],
    }


def test_the_hashes_of_recorded_rows_stay_as_they_are() -> None:
    assert {name: row.usage_hash(ACCOUNT) for name, row in recorded_rows().items()} == {
        "openai completions": "5f6e9426241775dc5b078171c9616483fe06cc39f810ae81edde8c3a379ca698",
        "openai completions, no key": "db7b205b189de7a18345243ae11b8d6ca9c1ab9b2234eacb3ff9f302b0e6b8e9",
        "openai embeddings": "62da18bc36e88946d09025d80e8040f8122f1f86617b0fda1618912ba443e992",
        "anthropic messages": "373da204a1818de27e13ec9233ff57c24a93a0fe5cf0fdd291616a48f54388e1",
        "anthropic messages, default workspace": "87be9529575b683e1f28a767edc02d7455b05b0c60a04c8bc609169fd9c877e3",
        "anthropic analytics": "b55f7f64e2ea6260f3d21ce9f9f59a207e81435e9ef5fef4a8cb835e4153824c",
        "openrouter analytics": "476d7b43093bb0109a85980b4576e512f07d26dfc623998b6763c500a11324e2",
        "openrouter activity": "69c6ded312c8e5d6423e0a32f8ef2151262c6cd803bc4f6d7240539d5bc38038",
    }


def test_counts_and_payload_are_no_part_of_a_hash() -> None:
    for row in recorded_rows().values():
        revised = replace(row, counters=replace(row.counters, output_tokens=1), payload={}, bucket_ended_at=NOW)
        assert revised.usage_hash(ACCOUNT) == row.usage_hash(ACCOUNT)


def test_account_stream_bucket_and_each_dimension_are_parts_of_a_hash() -> None:
    for row in recorded_rows().values():
        others = [
            replace(row, stream=replace(row.stream, group_by_version=2)),
            replace(row, stream=replace(row.stream, endpoint="another")),
            replace(row, bucket_started_at=row.bucket_started_at + timedelta(hours=1)),
            *(replace(row, dimensions={**row.dimensions, name: "another"}) for name in row.dimensions),
        ]
        hashes = {row.usage_hash(ACCOUNT), row.usage_hash(43), *(other.usage_hash(ACCOUNT) for other in others)}
        assert len(hashes) == 2 + len(others)


def test_null_is_not_the_empty_string_nor_a_word() -> None:
    row = recorded_rows()["openai completions, no key"]
    spellings = [None, "", "null", "None", "\x00"]
    hashes = {replace(row, dimensions={**row.dimensions, "api_key_id": key}).usage_hash(ACCOUNT) for key in spellings}
    assert len(hashes) == len(spellings)

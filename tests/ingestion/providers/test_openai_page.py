import pytest

from ingestion.providers.openai_page import COMPLETIONS, EMBEDDINGS, OpenAIPage, usage_rows
from ingestion.providers.page import Origin, read
from ingestion.providers.protocol import UnreadableAnswerError
from ingestion.usage_row import Counters, StreamKind, UsageRow
from tests.ingestion.providers.recorded import OPENAI_COMPLETIONS, OPENAI_EMBEDDINGS, Json
from tests.ingestion.providers.wire import MIDNIGHT, Path, fields_of, replaced, without

ORIGIN = Origin("OpenAI", "organization/usage/completions")
RESULT: Path = ("data", 0, "results", 0)

NOT_READ = {
    *("input_text_tokens", "input_cached_text_tokens", "output_text_tokens"),
    *("input_audio_tokens", "input_cached_audio_tokens", "output_audio_tokens"),
    *("input_image_tokens", "input_cached_image_tokens", "output_image_tokens"),
    *("user_id", "api_source"),
}
# What the other fields still tell: uncached is what they leave over; writes without a duration count as 5m.
TOLD_BY_OTHERS = {"input_uncached_tokens", "input_cache_write_30m_tokens"}


def rows_of(page: Json, stream: StreamKind = COMPLETIONS) -> list[UsageRow]:
    return list(usage_rows(stream, read(OpenAIPage, page, origin=ORIGIN), origin=ORIGIN))


def counters_of(**fields: int | None) -> Counters:
    """The counters of one completions result with only these counts (and 10 output tokens, 1 request)."""
    result = {key: value for key, value in OPENAI_COMPLETIONS["data"][0]["results"][0].items() if "tokens" not in key}
    page = replaced(OPENAI_COMPLETIONS, RESULT, result | {"output_tokens": 10, "num_model_requests": 1} | fields)
    return rows_of(page)[0].counters


def test_a_completions_page_becomes_rows_with_disjoint_counters() -> None:
    first, second = rows_of(OPENAI_COMPLETIONS)
    assert first.counters == Counters(55_964, 120_064, 6_144, 2_048, 23_410, 212)
    assert first.dimensions == {
        "project_id": "proj_7Qm2",
        "api_key_id": "key_a81f",
        "model": "gpt-5-mini-2025-08-07",
        "batch": "false",
        "service_tier": "default",
    }
    assert (first.bucket_started_at, first.is_batch, first.service_tier) == (MIDNIGHT, False, "default")
    assert (first.provider_project_id, first.api_key_id) == ("proj_7Qm2", "key_a81f")
    assert (first.upstream, first.inference_geo) == (None, None)
    assert first.payload == OPENAI_COMPLETIONS["data"][0]["results"][0]
    assert second.counters == Counters(9_000, 0, None, None, 4_100, 30)
    assert (second.is_batch, second.api_key_id, second.dimensions["batch"]) == (True, None, "true")


def test_embeddings_report_neither_caches_nor_output() -> None:
    (row,) = rows_of(OPENAI_EMBEDDINGS, EMBEDDINGS)
    assert row.counters == Counters(51_200, None, None, None, None, 64)
    assert row.dimensions == {
        "project_id": "proj_7Qm2",
        "api_key_id": "key_a81f",
        "model": "text-embedding-3-large",
    }
    assert (row.provider_project_id, row.api_key_id) == ("proj_7Qm2", "key_a81f")
    assert (row.model, row.is_batch, row.service_tier) == ("text-embedding-3-large", None, None)


@pytest.mark.parametrize(
    ("fields", "uncached", "read_", "write_5m", "write_1h"),
    [
        # OpenAI's own sample adds up: 1000 = 400 cached + 100 cache-write + 500 uncached.
        (
            {
                "input_tokens": 1000,
                "input_cached_tokens": 400,
                "input_cache_write_tokens": 100,
                "input_uncached_tokens": 500,
            },
            500,
            400,
            100,
            None,
        ),
        ({"input_tokens": 17_903, "input_cached_tokens": 17_817}, 86, 17_817, None, None),
        ({"input_tokens": 117_231, "input_cached_tokens": 115_584}, 1_647, 115_584, None, None),
        ({"input_tokens": 1000}, 1000, None, None, None),
        ({"input_tokens": 1000, "input_cached_tokens": None, "input_cache_write_tokens": None}, 1000, None, None, None),
        ({"input_tokens": 1000, "input_cache_write_30m_tokens": 300}, 700, None, 300, None),
        ({"input_tokens": 1000, "input_cache_write_12h_tokens": 300}, 700, None, 0, 300),
        (
            {"input_tokens": 1000, "input_cache_write_tokens": 500, "input_cache_write_12h_tokens": 300},
            500,
            None,
            200,
            300,
        ),
        ({"input_tokens": 1000, "input_cached_tokens": 1000, "input_uncached_tokens": 0}, 0, 1000, None, None),
    ],
)
def test_input_is_split_without_loss(
    fields: dict[str, int | None], uncached: int, read_: int | None, write_5m: int | None, write_1h: int | None
) -> None:
    assert counters_of(**fields) == Counters(uncached, read_, write_5m, write_1h, 10, 1)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"input_tokens": 100, "input_cached_tokens": 101}, "input_tokens"),
        ({"input_tokens": 100, "input_cached_tokens": 60, "input_cache_write_tokens": 41}, "input_tokens"),
        ({"input_tokens": 100, "input_cached_tokens": 40, "input_uncached_tokens": 59}, "input_uncached_tokens"),
        ({"input_tokens": 100, "input_cached_tokens": 40, "input_uncached_tokens": 61}, "input_uncached_tokens"),
        (
            {
                "input_tokens": 100,
                "input_cache_write_tokens": 10,
                "input_cache_write_30m_tokens": 6,
                "input_cache_write_12h_tokens": 5,
            },
            "input_cache_write_tokens",
        ),
        ({"input_tokens": -1}, "input_tokens"),
        ({"input_tokens": 2**63}, "input_tokens"),
    ],
)
def test_counts_that_contradict_each_other_are_refused_with_the_field(fields: dict[str, int], field: str) -> None:
    with pytest.raises(UnreadableAnswerError) as refusal:
        counters_of(**fields)
    assert refusal.value.field == field
    assert refusal.value.endpoint == "organization/usage/completions"


@pytest.mark.parametrize("path", fields_of(OPENAI_COMPLETIONS), ids=lambda path: ".".join(map(str, path)))
def test_a_completions_page_without_one_field_is_refused_or_says_the_same(path: Path) -> None:
    page, name = without(OPENAI_COMPLETIONS, path), path[-1]
    if name in NOT_READ | TOLD_BY_OTHERS:
        assert rows_of(page)[0].counters == rows_of(OPENAI_COMPLETIONS)[0].counters
    elif name == "input_cache_write_12h_tokens":
        assert rows_of(page)[0].counters == Counters(55_964, 120_064, 8_192, None, 23_410, 212)
    elif name in {"input_cached_tokens", "input_cache_write_tokens"}:  # uncached is then less than what is left over
        _refused(page, COMPLETIONS, "input_uncached_tokens")
    else:
        _refused(page, COMPLETIONS, str(name))


@pytest.mark.parametrize("path", fields_of(OPENAI_EMBEDDINGS), ids=lambda path: ".".join(map(str, path)))
def test_an_embeddings_page_without_one_field_is_refused_or_says_the_same(path: Path) -> None:
    page = without(OPENAI_EMBEDDINGS, path)
    if path[-1] == "user_id":
        assert rows_of(page, EMBEDDINGS)[0].counters == rows_of(OPENAI_EMBEDDINGS, EMBEDDINGS)[0].counters
    else:
        _refused(page, EMBEDDINGS, str(path[-1]))


@pytest.mark.parametrize("wrong", ["3", 3.0, True, None, [3]])
@pytest.mark.parametrize("name", ["input_tokens", "output_tokens", "num_model_requests"])
def test_a_count_that_is_no_integer_is_refused(name: str, wrong: object) -> None:
    _refused(replaced(OPENAI_COMPLETIONS, (*RESULT, name), wrong), COMPLETIONS, name)


@pytest.mark.parametrize(("spelled", "meant"), [("true", True), ("false", False), (True, True), (None, None)])
def test_batch_may_be_spelled_as_a_string(spelled: object, meant: bool | None) -> None:
    row = rows_of(replaced(OPENAI_COMPLETIONS, (*RESULT, "batch"), spelled))[0]
    assert row.is_batch is meant
    assert row.dimensions["batch"] == (None if meant is None else str(meant).lower())


def test_a_result_of_another_endpoint_is_refused() -> None:
    _refused(OPENAI_EMBEDDINGS, COMPLETIONS, "object")


def _refused(page: Json, stream: StreamKind, field: str) -> None:
    with pytest.raises(UnreadableAnswerError) as refusal:
        rows_of(page, stream)
    assert str(refusal.value.field).split(".")[-1] == field
    assert field in refusal.value.sentence

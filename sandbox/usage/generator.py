"""Usage invented from a seed: the same for an hour whenever it is asked for, without end, and with no request kept.

Each hour has one Usage for each pair of key and model in use, spread evenly over the hour, so that the present hour
fills up as it passes. Working days are busier than weekends, days than nights (UTC); the account grows line by line.
"""

import hashlib
from datetime import UTC, datetime
from typing import NamedTuple

from sandbox.usage.config import AccountConfig, Rhythm
from sandbox.usage.identities import Identities, Provider, pick
from sandbox.usage.records import DAY_MS, HOUR_MS, Counts, Labels, Usage
from sandbox.usage.trace_replay import FAMILIES
from sandbox.usage.upstreams import upstreams_of

# Percent of the busiest hour, hour by hour of a UTC day: an office day in Europe that overlaps with one in America.
_DAY = (12, 10, 8, 8, 9, 14, 26, 48, 74, 92, 100, 96, 88, 97, 100, 98, 94, 86, 72, 58, 44, 32, 24, 16)
_WEEKEND_PERCENT = 30
_MONTH_MS = 30 * DAY_MS
_KEPT_HOURS = 5_000  # about seven months; beyond that the memory starts anew

# Rows that are not everyday chat: embeddings, a model that has no text tokens to estimate, one that nobody knows.
_EMBEDDINGS: dict[Provider, tuple[str, ...]] = {
    "openai": ("text-embedding-3-large", "text-embedding-3-small"),
    "anthropic": (),
    "openrouter": ("openai/text-embedding-3-small",),
}
_SELDOM: dict[Provider, tuple[str, ...]] = {
    "openai": ("gpt-4o-mini-transcribe", "nova-preview-0301"),
    "anthropic": ("research-preview-11",),
    "openrouter": ("openai/gpt-image-1", "stealth/aurora-beta"),
}


class Strand(NamedTuple):
    """One key using one model: how much of the account's traffic it is, and what its requests look like."""

    labels: Labels
    weight: int
    prompt_tokens: int
    output_tokens: int
    cached_percent: int
    written_percent: int
    long_writes: bool
    byok_percent: int
    active_percent: int


class GeneratedSource:
    def __init__(self, account: AccountConfig, rhythm: Rhythm) -> None:
        self._rhythm = rhythm
        self._starts_ms = int(rhythm.starts_at.timestamp() * 1000) // HOUR_MS * HOUR_MS
        self._strands = strands(account, rhythm.seed)
        self._weights = sum(strand.weight for strand in self._strands)
        self._hours: dict[int, list[Usage]] = {}

    def between(self, start_ms: int, end_ms: int) -> list[Usage]:
        first = max(start_ms // HOUR_MS * HOUR_MS, self._starts_ms)
        return [usage for hour_ms in range(first, end_ms, HOUR_MS) for usage in self._hour(hour_ms)]

    def _hour(self, hour_ms: int) -> list[Usage]:
        if hour_ms not in self._hours:
            if len(self._hours) >= _KEPT_HOURS:
                self._hours.clear()
            self._hours[hour_ms] = self._make_hour(hour_ms)
        return self._hours[hour_ms]

    def _make_hour(self, hour_ms: int) -> list[Usage]:
        hour = datetime.fromtimestamp(hour_ms // 1000, UTC)
        busy = _DAY[hour.hour] * (_WEEKEND_PERCENT if hour.isoweekday() >= 6 else 100)
        grown = max(5, 100 + self._rhythm.growth_percent * (hour_ms - self._starts_ms) // _MONTH_MS)
        usages = []
        for number, strand in enumerate(self._strands):
            noise = hashlib.blake2b(f"{self._rhythm.seed}:{hour_ms}:{number}".encode(), digest_size=8).digest()
            if noise[0] * 100 // 256 >= strand.active_percent:
                continue
            scale = busy * grown * strand.weight * (70 + noise[1] % 61)
            requests = self._rhythm.requests_per_hour * scale // (10_000 * 100 * 100 * self._weights)
            if requests:
                counts = _counts(strand, requests, noise)
                usages.append(Usage(hour_ms, HOUR_MS, strand.labels, counts, noise[7] % 100))
        return usages


def strands(account: AccountConfig, seed: int) -> list[Strand]:
    """Every pair of key and model in use: two or more models a key, and some seldom ones at the first."""
    names = Identities(account.provider, account.organization_id)
    extra = 1 if account.null_dimensions else 0
    models = account.model_names
    made = []
    for project in range(account.projects + extra):
        for key in range(account.api_keys + extra if project < account.projects else 1):
            project_id = names.project(project) if project < account.projects else None
            key_id = names.api_key(project, key) if project_id and key < account.api_keys else None
            used = {models[(project + key + step) % len(models)] for step in range(2)}
            made += [_strand(account, (project_id, key_id), model, seed=seed) for model in sorted(used)]
    first = (names.project(0), names.api_key(0, 0))
    for model in _EMBEDDINGS[account.provider]:
        made.append(_strand(account, first, model, seed=seed, is_embedding=True))
    for model in _SELDOM[account.provider]:
        made.append(_strand(account, first, model, seed=seed)._replace(active_percent=8))
    return made


def _strand(
    account: AccountConfig, owner: tuple[str | None, str | None], model: str, *, seed: int, is_embedding: bool = False
) -> Strand:
    provider = account.provider
    subject = f"{seed}/{account.organization_id}/{owner}/{model}"
    upstreams = upstreams_of(model)
    is_batch = not is_embedding and pick(subject, "batch", 6) == 0
    labels = Labels(
        family="embeddings" if is_embedding and provider == "openai" else FAMILIES[provider],
        project=owner[0],
        api_key=owner[1],
        model=model,
        service_tier="default" if provider == "openai" else "batch" if is_batch else "standard",
        is_batch=is_batch,
        inference_geo=("us", "global", "not_available")[pick(subject, "geo", 3)],
        upstream=upstreams[pick(subject, "upstream", len(upstreams))],
    )
    return Strand(
        labels=labels,
        weight=1 + pick(subject, "weight", 9),
        prompt_tokens=600 + pick(subject, "prompt", 7_000),
        output_tokens=0 if is_embedding else 120 + pick(subject, "output", 900),
        cached_percent=0 if is_embedding else pick(subject, "cached", 80),
        written_percent=0 if is_embedding or provider == "openrouter" else pick(subject, "written", 15),
        long_writes=pick(subject, "retention", 4) == 0,
        byok_percent=account.byok_percent if provider == "openrouter" else 0,
        active_percent=100,
    )


def _counts(strand: Strand, requests: int, noise: bytes) -> Counts:
    prompt = requests * strand.prompt_tokens * (85 + noise[2] % 31) // 100
    cached = prompt * strand.cached_percent * (80 + noise[3] % 41) // 12_000
    written = prompt * strand.written_percent * (80 + noise[4] % 41) // 12_000
    output = requests * strand.output_tokens * (85 + noise[5] % 31) // 100
    return Counts(
        uncached_input=prompt - cached - written,
        cache_read=cached,
        cache_write_short=0 if strand.long_writes else written,
        cache_write_long=written if strand.long_writes else 0,
        output=output,
        requests=requests,
        reasoning=output * (noise[6] % 60) // 100,
        byok_requests=requests * strand.byok_percent // 100,
    )

"""Latencies under a steady load: some clients, each asking again as soon as it was answered."""

import asyncio
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

CLIENTS = 8


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds; every answer counted, none left out as warm-up but the first of each client and round."""

    p50_ms: float
    p95_ms: float
    requests: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Latencies":
        cuts = statistics.quantiles(seconds, n=20)
        return cls(p50_ms=statistics.median(seconds) * 1000, p95_ms=cuts[18] * 1000, requests=len(seconds))


def in_turn(
    asked: Mapping[str, Sequence[str]], *, headers: Mapping[str, str], requests_each: int, rounds: int
) -> dict[str, Latencies]:
    """By name, what its URLs took, asked by eight clients at once; the names take turns.

    What slows the machine for a while slows them all. A name with enough URLs is never asked the same one twice.
    Raises httpx.HTTPStatusError if an answer is not 2xx.
    """
    seconds: dict[str, list[float]] = {name: [] for name in asked}
    for turn in range(rounds):
        for name, urls in asked.items():
            begun = turn * CLIENTS * (requests_each + 1) % len(urls)
            seconds[name] += asyncio.run(_ask([*urls[begun:], *urls[:begun]], headers, requests_each))
    return {name: Latencies.of(found) for name, found in seconds.items()}


async def _ask(urls: Sequence[str], headers: Mapping[str, str], requests_each: int) -> list[float]:
    each = requests_each + 1
    of_clients = [[urls[(client * each + n) % len(urls)] for n in range(each)] for client in range(CLIENTS)]
    per_client = await asyncio.gather(*(_client(own, headers) for own in of_clients))
    return [second for client in per_client for second in client]


async def _client(urls: Sequence[str], headers: Mapping[str, str]) -> list[float]:
    seconds = []
    async with httpx.AsyncClient(headers=dict(headers), timeout=60) as client:
        for number, url in enumerate(urls):
            begun = time.perf_counter()
            (await client.get(url)).raise_for_status()
            if number:
                seconds.append(time.perf_counter() - begun)
    return seconds

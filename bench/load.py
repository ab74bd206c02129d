"""Latencies of one URL under a steady load: some clients, each asking again as soon as it was answered."""

import asyncio
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

CLIENTS = 8


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds; every answer counted, none left out as warm-up but the first of each client."""

    p50_ms: float
    p95_ms: float
    requests: int


def measure(url: str, *, headers: Mapping[str, str], requests_each: int) -> Latencies:
    """Ask `url` from eight clients at once; raises httpx.HTTPStatusError if an answer is not 2xx."""
    return asyncio.run(_measure(url, headers, requests_each))


async def _measure(url: str, headers: Mapping[str, str], requests_each: int) -> Latencies:
    per_client = await asyncio.gather(*(_client(url, headers, requests_each) for _ in range(CLIENTS)))
    seconds = [second for client in per_client for second in client]
    cuts = statistics.quantiles(seconds, n=20)
    return Latencies(p50_ms=statistics.median(seconds) * 1000, p95_ms=cuts[18] * 1000, requests=len(seconds))


async def _client(url: str, headers: Mapping[str, str], count: int) -> list[float]:
    seconds = []
    async with httpx.AsyncClient(headers=dict(headers), timeout=60) as client:
        for number in range(count + 1):
            begun = time.perf_counter()
            (await client.get(url)).raise_for_status()
            if number:
                seconds.append(time.perf_counter() - begun)
    return seconds

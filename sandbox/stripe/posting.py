"""One POST over plain HTTP, without following redirects: an endpoint must answer 2xx itself."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit


async def post(url: str, body: bytes, headers: Mapping[str, str], *, timeout_seconds: int) -> int | None:
    """The status of the answer; None if there was none in time."""
    try:
        async with asyncio.timeout(timeout_seconds):
            return await _post(url, body, headers)
    except (OSError, TimeoutError, ValueError):
        return None


async def _post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Raises OSError for a connection that fails, ValueError for an answer that is no HTTP."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [
            f"POST {target} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Connection: close",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()
        version, status, *_ = (await reader.readline()).decode("latin-1").split(" ")
        if not version.startswith("HTTP/"):
            raise ValueError(version)
        await reader.read()
        return int(status)
    finally:
        writer.close()

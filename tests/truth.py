"""What the usage sandbox must answer, and the product must add up to: computed from the trace file alone.

Shares no code with the sandbox. Takes the same account configuration (`tests.sandbox_process.an_account`) and returns
exact totals per hour, project, key and model. The rules are those of sandbox/usage/trace_replay.py's text.
"""

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple


class Cell(NamedTuple):
    """One hourly bucket of one project, key and model; null project: unattributed, or the default workspace."""

    hour: datetime
    project: str | None
    api_key: str | None
    model: str


@dataclass
class Tokens:
    """Exact sums. `input` = uncached + cached + written; OpenRouter reports nothing as written."""

    input: int = 0
    cached: int = 0
    written: int = 0
    output: int = 0
    requests: int = 0

    @property
    def uncached(self) -> int:
        return self.input - self.cached - self.written

    def add(self, other: "Tokens") -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


def truth_of(account: Mapping[str, Any]) -> dict[Cell, Tokens]:
    """The account's usage by cell, each of them with at least one request."""
    usage = account["usage"]
    lines = [json.loads(line) for line in Path(usage["trace"]).read_text(encoding="utf-8").splitlines()]
    every_request_has = set.intersection(*(set(line["hash_ids"]) for line in lines))
    span = max(line["timestamp"] for line in lines) + 1
    known_blocks: set[int] = set()
    cells: dict[Cell, Tokens] = defaultdict(Tokens)
    for line in lines:
        prompt, blocks = line["input_length"], line["hash_ids"]
        hits = 0
        while hits < len(blocks) and blocks[hits] in known_blocks:
            hits += 1
        known_blocks.update(blocks)
        cached = min(hits * 512, prompt)
        full_blocks = prompt // 512
        written = 0 if account["provider"] == "openrouter" else max(0, full_blocks - hits) * 512
        own = [block for block in blocks if block not in every_request_has] or blocks
        happened = datetime.fromisoformat(usage["starts_at"]) + _after(line["timestamp"], span, usage["stretch_hours"])
        hour = happened.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        cells[Cell(hour, *_names(account, own[0]))].add(Tokens(prompt, cached, written, line["output_length"], 1))
    return dict(cells)


def total(tokens: Iterable[Tokens]) -> Tokens:
    whole = Tokens()
    for part in tokens:
        whole.add(part)
    return whole


def _after(timestamp: int, span: int, stretch_hours: int) -> timedelta:
    """Time since the start, in whole milliseconds (rounded down)."""
    share = Fraction(timestamp, span)
    return timedelta(milliseconds=int(share * stretch_hours * 3_600_000))


def _names(account: Mapping[str, Any], block: int) -> tuple[str | None, str | None, str]:
    def drawn(what: str, count: int) -> int:
        return int(hashlib.sha256(f"{what}:{block}".encode()).hexdigest()[:16], 16) % count

    def digest(path: str) -> str:
        return hashlib.sha256(f"{account['organization_id']}/{path}".encode()).hexdigest()

    nulls = int(account["null_dimensions"])
    project = drawn("project", account["projects"] + nulls)
    key = drawn("api_key", account["api_keys"] + nulls)
    model: str = account["models"][drawn("model", len(account["models"]))]
    if project == account["projects"]:
        return None, None, model
    project_digest, key_digest = digest(f"project/{project}"), digest(f"project/{project}/key/{key}")[:16]
    ids = {
        "openai": (f"proj_{project_digest[:16]}", f"key_{key_digest}"),
        "anthropic": (f"wrkspc_01{project_digest[:16]}", f"apikey_01{key_digest}"),
        "openrouter": (str(uuid.UUID(project_digest[:32])), key_digest),
    }[account["provider"]]
    return ids[0], None if key == account["api_keys"] else ids[1], model

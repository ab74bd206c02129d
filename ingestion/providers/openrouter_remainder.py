"""What of OpenRouter's usage belongs to no workspace that we asked for: the whole, less the workspaces, cell by cell.

A cell is (hour, model, upstream provider). The unfiltered answer is the truth about each cell's total; the filtered
ones only say whose it is. So in every cell the shares add up to the unfiltered answer, whatever the filtered ones say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ingestion.providers.openrouter_page import AnalyticsCounts
from ingestion.providers.page import Json


@dataclass(frozen=True, slots=True)
class Cell:
    hour: datetime
    model: str | None
    upstream: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of a cell as OpenRouter reports them: cached is a part of prompt, mostly. None: not reported."""

    requests: int
    prompt: int
    completion: int
    cached: int | None
    reasoning: int | None
    byok_requests: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a cell: of one workspace, or of none that is known (None). `payload` is OpenRouter's row."""

    workspace: str | None
    tally: Tally
    payload: Json


def tally_of(row: AnalyticsCounts) -> Tally:
    return Tally(
        requests=row.request_count,
        prompt=row.tokens_prompt,
        completion=row.tokens_completion,
        cached=row.cached_tokens,
        reasoning=row.reasoning_tokens,
        byok_requests=row.byok_request_count,
    )


def shares_of(whole: Share, workspaces: list[Share]) -> list[Share] | None:
    """The workspaces of one cell and what they leave of the whole; None if they are more than the whole.

    Nothing is left over: no such share. What is left over carries the payload of the whole, and says what was taken.
    """
    rest = whole.tally
    for share in workspaces:
        left = _less(rest, share.tally)
        if left is None:
            return None
        rest = left
    if not workspaces:
        return [whole]
    if not any((rest.requests, rest.prompt, rest.completion, rest.cached, rest.reasoning, rest.byok_requests)):
        return workspaces
    taken = [{"workspace": share.workspace, "row": share.payload} for share in workspaces]
    return [*workspaces, Share(None, rest, {"whole": whole.payload, "less": taken})]


def divide(
    whole: Mapping[Cell, Share], workspaces: Mapping[str, Mapping[Cell, Share]]
) -> tuple[dict[Cell, list[Share]], int]:
    """Every cell's shares, and in how many cells the workspaces' answers were more than the whole.

    In such a cell the whole counts, for no workspace; a cell that only a workspace knows is not counted at all.
    """
    divided: dict[Cell, list[Share]] = {}
    contradictions = len({cell for cells in workspaces.values() for cell in cells} - whole.keys())
    for cell, total in whole.items():
        shares = shares_of(total, [cells[cell] for _, cells in sorted(workspaces.items()) if cell in cells])
        contradictions += shares is None
        divided[cell] = [total] if shares is None else shares
    return divided, contradictions


def _less(whole: Tally, part: Tally) -> Tally | None:
    """`whole` minus `part`, count by count; None if a count would be negative, or is reported by only one of them."""
    counts = [
        (whole.requests, part.requests),
        (whole.prompt, part.prompt),
        (whole.completion, part.completion),
        (whole.cached, part.cached),
        (whole.reasoning, part.reasoning),
        (whole.byok_requests, part.byok_requests),
    ]
    if not all(_is_within(one, other) for one, other in counts):
        return None
    return Tally(
        requests=whole.requests - part.requests,
        prompt=whole.prompt - part.prompt,
        completion=whole.completion - part.completion,
        cached=_minus(whole.cached, part.cached),
        reasoning=_minus(whole.reasoning, part.reasoning),
        byok_requests=_minus(whole.byok_requests, part.byok_requests),
    )


def _is_within(whole: int | None, part: int | None) -> bool:
    return whole is part if whole is None or part is None else part <= whole


def _minus(whole: int | None, part: int | None) -> int | None:
    return None if whole is None or part is None else whole - part

"""What the page of revised usage shows of a change: names, which counters moved, and grams before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.dashboard.accuracy_figures import COUNTER_WORDS
from app.dashboard.figures import NO_MODEL, PROVIDER_NAMES, Range
from app.telemetry.revisions import Change, Position, Revision

CHANGE_TONES: dict[Change, str] = {"revised": "quiet", "removed": "bad", "returned": "good"}


@dataclass(frozen=True, slots=True)
class MovedCounter:
    """`before` and `after` as exact counts; None: not reported."""

    name: str
    words: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class RevisionFigure:
    hash: str
    revision: int
    change: Change
    tone: str
    model: str
    provider_name: str
    connection_label: str
    bucket_started_at: datetime
    bucket_width: str
    seen_at: datetime
    moved: Sequence[MovedCounter]
    tokens_before: int
    tokens_after: int
    before: Range | None
    after: Range | None

    @property
    def tokens(self) -> int:
        return self.tokens_after - self.tokens_before

    @property
    def grams(self) -> Decimal | None:
        """After minus before, central."""
        if self.before is None or self.after is None:
            return None
        return self.after.central - self.before.central


def revision_figure(revision: Revision) -> RevisionFigure:
    facts = revision.facts
    before, after = revision.before, revision.after
    moved = [
        MovedCounter(name, words, before.counters[name], after.counters[name])
        for name, words in COUNTER_WORDS.items()
        if before.counters[name] != after.counters[name]
    ]
    return RevisionFigure(
        hash=facts["usage_hash"],
        revision=facts["revision"],
        change=facts["change"],
        tone=CHANGE_TONES[facts["change"]],
        model=facts["model"] or NO_MODEL,
        provider_name=PROVIDER_NAMES[facts["provider"]],
        connection_label=revision.connection_label,
        bucket_started_at=facts["bucket_started_at"],
        bucket_width=facts["bucket_width"],
        seen_at=after.seen_at,
        moved=moved,
        tokens_before=before.tokens,
        tokens_after=after.tokens,
        before=Range.of(before.co2e),
        after=Range.of(after.co2e),
    )


def written_position(position: Position) -> str:
    """As the page's address has it."""
    return f"{position.seen_at.isoformat()}~{position.observation_id}"


def position_of(written: str | None) -> Position | None:
    """None, too, for what is no position: the first page then."""
    seen_at, _, observation_id = (written or "").partition("~")
    try:
        found = datetime.fromisoformat(seen_at)
        return None if found.tzinfo is None else Position(found, int(observation_id[:18]))
    except ValueError:
        return None

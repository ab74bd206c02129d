"""What the overview says beside its numbers: how far they reach, and what is missing, unknown or left out."""

from collections.abc import Sequence

from app.dashboard import fragments, quantities, serving
from app.dashboard.figures import NO_MODEL, Range
from app.dashboard.instants import Period, ago, written_date, written_instant
from app.telemetry.freshness import Freshness
from app.telemetry.summary import Summary
from ingestion.connections import ConnectionView

NAMED = 4


def reach(freshness: Freshness) -> str:
    if freshness.data_through is None:
        return "No complete hour yet"
    now = serving.context().clock.now()
    return f"Data through {written_instant(freshness.data_through)} ({ago(freshness.data_through, now=now)})"


def note_stalled(freshness: Freshness) -> None:
    for stalled in freshness.stalled:
        since = f"after {written_instant(stalled.data_through)} " if stalled.data_through else ""
        fragments.show(
            "note.html",
            tone="bad",
            title=stalled.label,
            sentence=f"is not polled any more: its usage {since}is missing here.",
            link="/connections",
            link_text="See what to do",
        )


def note_short_history(connections: Sequence[ConnectionView], period: Period) -> None:
    """Which connections have no usage from the beginning of the period, because it was not read or is not kept."""
    short = [each for each in connections if each.data_through and each.history_from > period.start]
    if short:
        since = ", ".join(f"{each.label} from {written_date(each.history_from)}" for each in short)
        fragments.show(
            "note.html",
            tone="good",
            title="Not the whole period:",
            sentence=f"{since}. Older usage is read in the background, as far as the provider keeps it.",
            link=None,
        )


def note_flagged_models(shown: Summary) -> None:
    if shown.unknown_models:
        fragments.show(
            "note.html",
            tone="warn",
            title="Unknown models:",
            sentence=f"{_named(shown.unknown_models)}. No class matches, so they count with a wide range.",
            link="/methodology",
            link_text="How models are classed",
        )
    if shown.unestimated_models:
        fragments.show(
            "note.html",
            tone="warn",
            title="Not estimated:",
            sentence=f"{_named(shown.unestimated_models)}. They have no text tokens, so they add no grams.",
            link=None,
        )


def note_left_out(shown: Summary) -> None:
    left_out = Range.of(shown.left_out.co2e)
    if shown.left_out.usage_rows:
        grams = f" ({quantities.mass(left_out.central)} CO2e)" if left_out else ""
        fragments.show(
            "note.html",
            tone="good",
            title="Counted once:",
            sentence=f"OpenRouter traffic on your own provider keys{grams} is counted at that provider only.",
            link=None,
        )


def _named(models: Sequence[tuple[str, str | None]]) -> str:
    names = [model or NO_MODEL for _, model in models]
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")

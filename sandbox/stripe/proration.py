"""What a part of a period costs: by the second, rounded half up to the cent, as Stripe prorates."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open span of Unix seconds."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        return self.end - self.start

    def after(self, instant: int) -> "Span":
        """What is left of it at this instant."""
        return Span(min(max(self.start, instant), self.end), self.end)


def prorated_cents(amount_cents: int, *, part: Span, whole: Span) -> int:
    """The share of a price for `whole` that falls to `part`."""
    return (2 * amount_cents * part.seconds + whole.seconds) // (2 * whole.seconds)

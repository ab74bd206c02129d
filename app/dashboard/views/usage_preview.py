"""What a change would move, before it is saved: each project before and after."""

from dataclasses import dataclass
from decimal import Decimal

from app.dashboard import fragments
from app.telemetry.mapping_preview import Preview


@dataclass(frozen=True, slots=True)
class PreviewFigure:
    """`change` is +1, 0 or −1: whether the project gets more, as much, or less."""

    name: str
    grams_before: Decimal
    grams_after: Decimal
    tokens_before: int
    tokens_after: int

    @property
    def change(self) -> int:
        before, after = (self.grams_before, self.tokens_before), (self.grams_after, self.tokens_after)
        return (after > before) - (after < before)


def show_preview(preview: Preview, *, title: str) -> None:
    fragments.show(
        "preview.html",
        title=title,
        rows=[
            PreviewFigure(
                name=each.project.name,
                grams_before=each.co2e_micrograms_before / 10**6,
                grams_after=each.co2e_micrograms_after / 10**6,
                tokens_before=each.tokens_before,
                tokens_after=each.tokens_after,
            )
            for each in preview.projects
        ],
    )

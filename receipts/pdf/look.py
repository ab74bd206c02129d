"""How a printed receipt looks: measures in millimetres, sizes in points, the dashboard's colours."""

from dataclasses import dataclass, replace

Colour = tuple[int, int, int]

INK: Colour = (23, 32, 27)
MUTED: Colour = (95, 107, 100)
FAINT: Colour = (150, 158, 152)
LINE: Colour = (228, 226, 217)
PANEL: Colour = (247, 246, 240)
GREEN: Colour = (11, 110, 79)
GREEN_SOFT: Colour = (230, 241, 236)
WARNING: Colour = (138, 90, 0)
WARNING_SOFT: Colour = (253, 243, 220)
WATERMARK: Colour = (248, 238, 226)

PAGE_WIDTH, PAGE_HEIGHT = 210, 297
MARGIN = 20
WIDTH = PAGE_WIDTH - 2 * MARGIN
TOP, BOTTOM = 18, 276

SANS, MONO = "carbonledger-sans", "carbonledger-mono"
POINT_IN_MILLIMETRES = 25.4 / 72


@dataclass(frozen=True, slots=True)
class Style:
    """A face, its size in points and its colour. `leading`: distance of lines as a multiple of the size."""

    size: float
    colour: Colour = INK
    family: str = SANS
    is_bold: bool = False
    leading: float = 1.35

    @property
    def line_height(self) -> float:
        return self.size * self.leading * POINT_IN_MILLIMETRES

    def in_colour(self, colour: Colour) -> "Style":
        return replace(self, colour=colour)


NAME = Style(21, is_bold=True, leading=1.15)
SUBTITLE = Style(11.5, MUTED)
HEADING = Style(11.5, is_bold=True)
BODY = Style(8.8)
QUIET = Style(8.2, MUTED)
LABEL = Style(7.4, MUTED)
VALUE = Style(8.8)
STRONG = Style(8.8, is_bold=True)
FIGURE = Style(34, is_bold=True, leading=1.1)
SECOND_FIGURE = Style(15, is_bold=True, leading=1.2)
CODE = Style(6.8, family=MONO)
TINY_CODE = Style(5.6, family=MONO, leading=1.4)
TINY = Style(6.4, MUTED)

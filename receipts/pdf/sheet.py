"""The paper: A4 pages built as PDF/A-3B, a place to write next, and text in any script.

fpdf2 is told everything that it would otherwise take from the air (times, the file's id), so the same receipt gives the
same bytes in any process with the same libraries.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Literal

from fpdf import FPDF
from fpdf.enums import Align

from receipts.pdf import look, typefaces
from receipts.pdf.look import Colour, Style
from receipts.pdf.xmp import xmp
from receipts.words import dates, printed

PRODUCER = "CarbonLedger"
# No font has it, and `printable` lets no name bring it in, so a name cannot pose as the number of pages.
_PAGE_COUNT = "\ue000\ue001"  # as wide as two digits


class Sheet(FPDF):
    """Pages of one receipt; `y` is where the next thing is written, in millimetres from the top."""

    def __init__(self, *, serial: str, is_test: bool, closed_at: str, file_id: str) -> None:
        super().__init__(format="A4", unit="mm", enforce_compliance="PDF/A-3B")
        self.serial, self.is_test, self._file_id = serial, is_test, file_id
        self.set_margins(look.MARGIN, look.TOP, look.MARGIN)
        self.set_auto_page_break(auto=False)
        self.c_margin = 0
        self.alias_nb_pages(_PAGE_COUNT)
        for (family, weight), path in typefaces.FACES.items():
            self.add_font(family, weight, path)
        title, subject = f"{printed.TITLE} {serial}", printed.SUBJECT
        self.set_title(title)
        self.set_author(printed.AUTHOR)
        self.set_subject(subject)
        self.set_producer(PRODUCER)
        self.set_lang("en")
        self.set_creation_date(dates.instant(closed_at))
        self.set_xmp_metadata(
            xmp(title=title, author=printed.AUTHOR, subject=subject, producer=PRODUCER, created_at=closed_at)
        )

    def file_id(self) -> str:
        return f"<{self._file_id}><{self._file_id}>"

    def attach(self, name: str, content: bytes, *, media_type: str, relationship: str, text: str, at: datetime) -> None:
        """A file inside the PDF, as an associated file of the document."""
        self.embed_file(
            basename=name,
            bytes=content,
            mime_type=media_type,
            associated_file_relationship=relationship,
            desc=text,
            creation_date=at,
            modification_date=at,
            compress=True,
        )

    def header(self) -> None:
        if self.is_test:
            self._watermark()
        if self.page_no() > 1:
            text = printed.CONTINUED.format(title=printed.TITLE, serial=self.serial)
            self.write_line(text, x=look.MARGIN, y=11, width=look.WIDTH, style=look.LABEL)
            self.rule(17)
            self.set_y(23)

    def footer(self) -> None:
        self.rule(282)
        self.write_line(self.serial, x=look.MARGIN, y=284, width=90, style=look.LABEL)
        text = printed.PAGE.format(number=self.page_no())
        self._use(look.LABEL)
        self.set_xy(look.MARGIN + look.WIDTH - self.get_string_width(f"{text}9"), 284)
        self.cell(0, look.LABEL.line_height, text + _PAGE_COUNT)

    def room(self, height: float) -> bool:
        """Begin a new page where `height` millimetres are not left on this one; say whether that was done."""
        if self.y + height <= look.BOTTOM:
            return False
        self.add_page()
        return True

    def rule(self, y: float, *, x: float = look.MARGIN, width: float = look.WIDTH, colour: Colour = look.LINE) -> None:
        self.set_draw_color(*colour)
        self.set_line_width(0.2)
        self.line(x, y, x + width, y)

    def panel(self, *, x: float, y: float, width: float, height: float, colour: Colour, radius: float = 2.5) -> None:
        self.set_fill_color(*colour)
        self.rect(x, y, width, height, style="F", round_corners=True, corner_radius=radius)

    def write_line(
        self, text: str, *, x: float, y: float, width: float, style: Style, align: Literal["L", "R", "C"] = "L",
        link: str = "",
    ) -> None:  # fmt: skip
        """One line; where it is too long its letters become smaller, since nothing of a figure may be cut off."""
        with self._scripts(text) as line:
            self._use(style)
            if (needed := self.get_string_width(line)) > width:
                self.set_font_size(style.size * width / needed * 0.995)
            self.set_xy(x, y)
            self.cell(width, style.line_height, line, align=Align.coerce(align), link=link)

    def write_text(self, text: str, *, x: float, y: float, width: float, style: Style, link: str = "") -> float:
        """Text in as many lines as it needs. Returns where it ends."""
        for line in self.lines_of(text, width=width, style=style):
            self.write_line(line, x=x, y=y, width=width, style=style, link=link)
            y += style.line_height
        return y

    def height_of(self, text: str, *, width: float, style: Style) -> float:
        return len(self.lines_of(text, width=width, style=style)) * style.line_height

    def lines_of(self, text: str, *, width: float, style: Style) -> list[str]:
        """The text in lines of this width, broken at spaces, and within a word where that alone is too long."""
        with self._scripts(text) as body:
            self._use(style)
            lines = [""]
            for word in body.split(" "):
                joined = f"{lines[-1]} {word}" if lines[-1] else word
                if self.get_string_width(joined) <= width:
                    lines[-1] = joined
                else:
                    lines += self._parts(word, width)
            return [line for line in lines if line]

    def _parts(self, word: str, width: float) -> list[str]:
        parts = [""]
        for character in word:
            if parts[-1] and self.get_string_width(parts[-1] + character) > width:
                parts.append("")
            parts[-1] += character
        return parts

    @contextmanager
    def _scripts(self, text: str) -> Iterator[str]:
        """The text as it can be printed; while it is, fonts of its scripts are there and its letters are joined."""
        body, place = typefaces.printable(text), self.y
        scripts = typefaces.scripts_of(body)
        if scripts or not typefaces.is_in(body, look.MONO):
            for script in scripts:
                if script not in self.fonts:
                    self.add_font(script, "", typefaces.OTHER_SCRIPTS[script])
            # The page's font after such a text is not the one that fpdf2 takes it for, so it is put back.
            with self.local_context():
                self.set_fallback_fonts([look.SANS, *scripts], exact_match=False)
                self.set_text_shaping(use_shaping_engine=True)
                yield body
            self.set_fallback_fonts([])
        else:
            yield body
        self.set_y(place)

    def _use(self, style: Style) -> None:
        self.set_font(style.family, "B" if style.is_bold else "", style.size)
        self.set_text_color(*style.colour)

    def _watermark(self) -> None:
        mark = Style(150, look.WATERMARK, is_bold=True)
        self._use(mark)
        middle = look.PAGE_HEIGHT / 2 if self.page_no() > 1 else 197  # below the first page's panel
        with self.rotation(52, look.PAGE_WIDTH / 2, middle):
            self.set_xy(0, middle - 30)
            self.cell(look.PAGE_WIDTH, 60, printed.TEST_MARK, align=Align.C)

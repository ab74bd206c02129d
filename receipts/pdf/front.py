"""The head of the first page: who issued what to whom, and the figure that it is about."""

from decimal import Decimal

from receipts.pdf import figures, look
from receipts.pdf.look import Style
from receipts.pdf.printing import Printing
from receipts.pdf.sheet import Sheet
from receipts.words import dates, printed

_BARS = ((8, 16), (13, 11), (18, 14), (23, 8))  # of the mark in app/dashboard/leaf.svg: x, upper end, on 32 × 32
_PANEL_HEIGHT = 43.5
_RIGHT = 118  # where the panel's second column begins
_WORDMARK = Style(14.5, is_bold=True)
_TITLE = Style(14.5, look.MUTED)
_ENDS = Style(7.4, look.MUTED)


def draw(sheet: Sheet, printing: Printing) -> None:
    _letterhead(sheet)
    subject, period = printing.subject, printing.subject["period"]
    y = 34.0
    if subject["test"]:
        y = _test_note(sheet, y)
    y = sheet.write_text(subject["legalName"], x=look.MARGIN, y=y, width=look.WIDTH, style=look.NAME) + 0.5
    usage = printed.USAGE_IN.format(period=dates.period(period["start"], period["end"]))
    y = sheet.write_text(usage, x=look.MARGIN, y=y, width=look.WIDTH, style=look.SUBTITLE) + 5
    facts = [
        (printed.SERIAL, subject["serial"], 35.0),
        (printed.CLOSED, dates.moment(period["closedAt"]), 41.0),
        (printed.ISSUER, printing.receipt["issuer"], 88.0 if subject["supersedes"] is None else 53.0),
    ]
    if subject["supersedes"] is not None:
        facts.append((printed.SUPERSEDES, subject["supersedes"]["serial"], 35.0))
    sheet.set_y(_facts(sheet, facts, y) + 5)
    _figure(sheet, printing)


def _letterhead(sheet: Sheet) -> None:
    size, x, y = 9.5, float(look.MARGIN), 17.0
    sheet.panel(x=x, y=y, width=size, height=size, colour=look.GREEN, radius=size / 4)
    with sheet.local_context():
        sheet.set_draw_color(*look.GREEN_SOFT)
        sheet.set_line_width(3 * size / 32)
        sheet._out("1 J")  # noqa: SLF001 - round ends of a line, which fpdf2 has no call for
        for bar, upper in _BARS:
            sheet.line(x + bar * size / 32, y + 22 * size / 32, x + bar * size / 32, y + upper * size / 32)
    line = y + (size - _WORDMARK.line_height) / 2
    sheet.write_line(printed.AUTHOR, x=x + size + 3, y=line, width=70, style=_WORDMARK)
    sheet.write_line(printed.TITLE, x=x + look.WIDTH - 60, y=line, width=60, style=_TITLE, align="R")


def _test_note(sheet: Sheet, y: float) -> float:
    style = look.QUIET.in_colour(look.WARNING)
    sheet.panel(x=look.MARGIN, y=y, width=look.WIDTH, height=8, colour=look.WARNING_SOFT)
    sheet.write_line(
        printed.TEST_SENTENCE, x=look.MARGIN + 4, y=y + (8 - style.line_height) / 2, width=look.WIDTH - 8, style=style
    )
    return y + 12


def _facts(sheet: Sheet, facts: list[tuple[str, str, float]], y: float) -> float:
    x, end = float(look.MARGIN), y
    for label, value, width in facts:
        below = sheet.write_text(label, x=x, y=y, width=width, style=look.LABEL)
        end = max(end, sheet.write_text(value, x=x, y=below, width=width, style=look.VALUE))
        x += width + 2
    return end


def _figure(sheet: Sheet, printing: Printing) -> None:
    subject, top, x = printing.subject, sheet.y, look.MARGIN + 7.0
    emissions, energy, width = subject["emissions"], subject["energy"], _RIGHT - 34.0
    sheet.panel(x=look.MARGIN, y=top, width=look.WIDTH, height=_PANEL_HEIGHT, colour=look.PANEL, radius=3.5)
    sheet.write_line(printed.EMISSIONS, x=x, y=top + 6, width=width, style=look.STRONG.in_colour(look.GREEN))
    figure = f"{figures.central_mass(emissions)} CO₂e"
    sheet.write_line(figure, x=x, y=top + 10.5, width=width, style=look.FIGURE)
    _range(sheet, emissions, x=x, y=top + 27.5, width=width)
    exact = printed.EXACTLY.format(**{bound: emissions[bound] for bound in figures.BOUNDS})
    sheet.write_line(exact, x=x, y=top + 36.5, width=width, style=look.LABEL)

    right, column = float(_RIGHT + 4), look.PAGE_WIDTH - look.MARGIN - _RIGHT - 10.0
    sheet.write_line(printed.ENERGY, x=right, y=top + 6, width=column, style=look.LABEL)
    sheet.write_line(figures.central_energy(energy), x=right, y=top + 10, width=column, style=look.SECOND_FIGURE)
    sheet.write_line(figures.energy_range(energy), x=right, y=top + 17, width=column, style=look.LABEL)
    version = printed.METHOD_VERSION.format(version=subject["methodology"]["version"])
    y = sheet.write_text(printed.BASIS, x=right, y=top + 26.5, width=column, style=look.QUIET)
    sheet.write_text(version, x=right, y=y + 0.5, width=column, style=look.QUIET)
    sheet.set_y(top + _PANEL_HEIGHT + 5)


def _range(sheet: Sheet, emissions: dict[str, str], *, x: float, y: float, width: float) -> None:
    """A line from low to high with the central estimate marked, on a logarithmic scale; only for positive figures."""
    low, central, high = (int(emissions[bound]) for bound in figures.BOUNDS)
    if 0 < low < high:
        share = (Decimal(central) / low).ln() / (Decimal(high) / low).ln()
        sheet.panel(x=x, y=y, width=width, height=1.4, colour=look.LINE, radius=0.7)
        place = x + max(0.0, min(1.0, 1.0 * share.__float__())) * (width - 1.4)
        sheet.panel(x=place, y=y - 1.1, width=1.4, height=3.6, colour=look.GREEN, radius=0.7)
    ends = ((emissions["low"], printed.LOW, "L"), (emissions["high"], printed.HIGH, "R"))
    for exact, name, align in ends:
        text = f"{figures.central_mass({'central': exact})} {name}"
        sheet.write_line(text, x=x, y=y + 3.4, width=width, style=_ENDS, align="L" if align == "L" else "R")

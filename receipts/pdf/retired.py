"""Credits on the page: what was retired, which grams of it are this receipt's, and what is left over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from receipts import quantities
from receipts.pdf import look
from receipts.pdf.sheet import Sheet
from receipts.words import dates, printed

_PADDING = 4.5
_INNER = look.WIDTH - 2 * _PADDING
_HALF = (_INNER - 6) / 2
_LABEL = 25.0


@dataclass(frozen=True, slots=True)
class _Field:
    label: str
    text: str
    link: str = ""


def draw(sheet: Sheet, retired: Mapping[str, Any]) -> None:
    sheet.room(30)
    y = sheet.write_text(printed.CREDITS, x=look.MARGIN, y=sheet.y, width=look.WIDTH, style=look.HEADING)
    shares = retired["credits"]
    said = printed.ALLOTTED.format(grams=quantities.grams(int(retired["grams"]))) if shares else printed.NO_CREDITS
    sentence = f"{said} {printed.CREDITS_APART}" if shares else said
    y = sheet.write_text(sentence, x=look.MARGIN, y=y + 0.5, width=look.WIDTH, style=look.BODY) + 2.5
    sheet.set_y(y)
    for credit in shares:
        _card(sheet, credit)
    _remainder(sheet, retired)


def _card(sheet: Sheet, credit: Mapping[str, Any]) -> None:
    wide, narrow = _wide_fields(credit), _narrow_fields(credit)
    rows = [(field,) for field in wide] + [tuple(narrow[place : place + 2]) for place in range(0, len(narrow), 2)]
    place = printed.SEPARATOR.join(
        str(part)
        for part in (f"{credit['registry']} {credit['projectId']}", credit["hostCountry"], credit["projectType"])
        if part is not None
    )
    name_width = _INNER - 32
    height = 2 * _PADDING + sheet.height_of(credit["projectName"], width=name_width, style=look.STRONG)
    height += sheet.height_of(place, width=_INNER, style=look.QUIET) + 1.5 + sum(_height(sheet, row) for row in rows)
    sheet.room(height)
    top, x = sheet.y, look.MARGIN + _PADDING
    sheet.set_draw_color(*look.LINE)
    sheet.set_line_width(0.25)
    sheet.rect(look.MARGIN, top, look.WIDTH, height, round_corners=True, corner_radius=2.5)
    y, grams = top + _PADDING, quantities.grams(int(credit["grams"]))
    sheet.write_line(grams, x=x + _INNER - 30, y=y, width=30, style=look.STRONG, align="R")
    y = sheet.write_text(credit["projectName"], x=x, y=y, width=name_width, style=look.STRONG)
    y = sheet.write_text(place, x=x, y=y, width=_INNER, style=look.QUIET) + 1.5
    for row in rows:
        _fields(sheet, row, x=x, y=y)
        y += _height(sheet, row)
    sheet.set_y(top + height + 3)


def _width(row: tuple[_Field, ...]) -> float:
    """Of one field's text: a field alone has the whole card, two share it."""
    return (_INNER if len(row) == 1 else _HALF) - _LABEL


def _height(sheet: Sheet, row: tuple[_Field, ...]) -> float:
    return max(sheet.height_of(field.text, width=_width(row), style=look.QUIET) for field in row) + 0.5


def _fields(sheet: Sheet, row: tuple[_Field, ...], *, x: float, y: float) -> None:
    for field in row:
        sheet.write_line(field.label, x=x, y=y + 0.25, width=_LABEL - 2, style=look.LABEL)
        style = look.QUIET.in_colour(look.GREEN if field.link else look.INK)
        sheet.write_text(field.text, x=x + _LABEL, y=y, width=_width(row), style=style, link=field.link)
        x += _HALF + 6


def _wide_fields(credit: Mapping[str, Any]) -> list[_Field]:
    interval = printed.POOLED.format(first=credit["fromGram"], after=credit["toGram"])
    link = credit["unitRegistryLink"] or ""
    fields = [
        _Field(printed.SERIAL_NUMBERS, credit["serialNumberBlock"]),
        _Field(printed.INTERVAL, interval),
        _Field(printed.REGISTRY_LINK, link, link if link.startswith("https://") else ""),
        _Field(printed.ON_BEHALF_OF, credit["onBehalfOf"] or ""),
        _Field(printed.REASON, credit["reason"] or ""),
    ]
    return [field for field in fields if field.text]


def _narrow_fields(credit: Mapping[str, Any]) -> list[_Field]:
    """Those that are known, in their order."""
    names = {name: label for name, label in printed.CREDIT_FIELDS.items() if credit[name] is not None}
    return [_Field(label, _text(name, credit)) for name, label in names.items()]


def _text(name: str, credit: Mapping[str, Any]) -> str:
    value = str(credit[name])
    if name == "retiredOn":
        return dates.day(value)
    if name == "methodology" and credit["methodologyVersion"] is not None:
        return f"{value}, {credit['methodologyVersion']}"
    if name == "mitigationClass" and credit["durabilityYears"] is not None:
        return printed.DURABILITY.format(kind=value, years=credit["durabilityYears"])
    if name == "ccpLabel" and credit["ccpLabelCheckedAt"] is not None:
        return printed.LABEL_AS_OF.format(label=value, day=dates.day(credit["ccpLabelCheckedAt"]))
    return value


def _remainder(sheet: Sheet, retired: Mapping[str, Any]) -> None:
    limit = retired["coverageLimitGrams"]
    facts = (
        (printed.CARRIED_IN, quantities.mass(int(retired["carryInMicrograms"]))),
        (printed.CARRIED_OUT, quantities.mass(int(retired["carryOutMicrograms"]))),
        (printed.NOT_COVERED, quantities.mass(int(retired["notCoveredMicrograms"]))),
        (printed.COVERAGE_LIMIT, printed.NO_LIMIT if limit is None else quantities.grams(int(limit))),
    )
    sheet.room(14)
    y, width = sheet.y, look.WIDTH / len(facts)
    for place, (label, value) in enumerate(facts):
        x = look.MARGIN + place * width
        sheet.write_line(label, x=x, y=y, width=width, style=look.LABEL)
        sheet.write_line(value, x=x, y=y + look.LABEL.line_height, width=width, style=look.VALUE)
    y += look.LABEL.line_height + look.VALUE.line_height + 1
    sheet.set_y(sheet.write_text(printed.WHOLE_RULE, x=look.MARGIN, y=y, width=look.WIDTH, style=look.TINY) + 6)

"""Credits on the page: what was retired, which grams of it are this receipt's, and what is left over."""

from collections.abc import Mapping
from typing import Any

from receipts import quantities
from receipts.pdf import figures, look
from receipts.pdf.sheet import Sheet
from receipts.words import dates, printed

_PADDING = 4.5
_LABEL_WIDTH = 25.0
_INNER = look.WIDTH - 2 * _PADDING


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
    fields = _fields(credit)
    place = printed.IN_COUNTRY.format(
        registry=credit["registry"], project=credit["projectId"], country=figures.exact(credit["hostCountry"]),
        type=figures.exact(credit["projectType"]),
    )  # fmt: skip
    width = _INNER - 32
    height = 2 * _PADDING + sheet.height_of(credit["projectName"], width=width, style=look.STRONG)
    height += look.QUIET.line_height + 1.5
    height += sum(_field_height(sheet, value) for _, value, _ in fields)
    sheet.room(height)
    top, x = sheet.y, look.MARGIN + _PADDING
    sheet.set_draw_color(*look.LINE)
    sheet.set_line_width(0.25)
    sheet.rect(look.MARGIN, top, look.WIDTH, height, round_corners=True, corner_radius=2.5)
    y = top + _PADDING
    grams = quantities.grams(int(credit["grams"]))
    sheet.write_line(grams, x=x + _INNER - 30, y=y, width=30, style=look.STRONG, align="R")
    y = sheet.write_text(credit["projectName"], x=x, y=y, width=width, style=look.STRONG)
    y = sheet.write_text(place, x=x, y=y, width=_INNER, style=look.QUIET) + 1.5
    for label, value, link in fields:
        sheet.write_line(label, x=x, y=y + 0.25, width=_LABEL_WIDTH - 2, style=look.LABEL)
        sheet.write_text(value, x=x + _LABEL_WIDTH, y=y, width=_INNER - _LABEL_WIDTH, style=look.QUIET, link=link)
        y += _field_height(sheet, value)
    sheet.set_y(top + height + 3)


def _field_height(sheet: Sheet, value: str) -> float:
    return sheet.height_of(value, width=_INNER - _LABEL_WIDTH, style=look.QUIET) + 0.4


def _fields(credit: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Label, text, link of each fact that is known."""
    interval = printed.POOLED.format(first=credit["fromGram"], after=credit["toGram"])
    fields = [
        (printed.SERIAL_NUMBERS, credit["serialNumberBlock"], ""),
        (printed.INTERVAL, interval, ""),
        *(
            (label, _text(name, credit), "")
            for name, label in printed.CREDIT_FIELDS.items()
            if credit[name] is not None
        ),
    ]
    link = credit["unitRegistryLink"]
    if link is not None:
        fields.append((printed.REGISTRY_LINK, link, link if link.startswith("https://") else ""))
    return fields


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
    sheet.set_y(sheet.write_text(printed.WHOLE_RULE, x=look.MARGIN, y=y, width=look.WIDTH, style=look.TINY) + 5)

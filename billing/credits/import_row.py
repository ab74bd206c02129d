"""One row of a CSV of credits, checked: text becomes types, and the serial number must say the same as its columns.

The columns are the fields below: CAD Trust's names in snake_case, then what we paid and where the units lie, then what
the registry shows of a retirement (only where `unit_status` is Retired). An empty cell is "not known".
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, TypeAdapter

from billing.credits.serials import Registry, Serial, UnreadableSerialError, parse_serial

_URL = TypeAdapter(HttpUrl)


def _is_url(text: str) -> str:
    _URL.validate_python(text)
    return text


Text = Annotated[str, Field(min_length=1, max_length=1000)]  # a receipt prints no longer one
Url = Annotated[Text, AfterValidator(_is_url)]


class ImportRow(BaseModel):
    """What one row says. `row` is its number in the file, the header being row 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: int
    registry: Registry
    serial_number_block: Text
    unit_count: Annotated[int, Field(gt=0)]
    unit_status: Text
    unit_status_reason: Text | None = None
    unit_type: Literal["Reduction - nature", "Reduction - technical", "Removal - nature", "Removal - technical"]
    mitigation_class: Literal["avoidance", "reduction", "removal"]
    durability_years: Annotated[int, Field(gt=0)] | None = None
    unit_owner: Text | None = None
    country_jurisdiction_of_owner: Text | None = None
    unit_registry_link: Url
    vintage_year: Annotated[int, Field(ge=1990, le=2200)]
    vintage_start: date | None = None
    vintage_end: date | None = None
    issuance_id: Text | None = None
    project_id: Text
    origin_project_id: Text | None = None
    registry_of_origin: Text | None = None
    project_name: Text
    project_link: Url | None = None
    project_developer: Text | None = None
    host_country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    project_type: Text
    sector: Text | None = None
    methodology: Text
    methodology_version: Text | None = None
    validation_body: Text | None = None
    verification_body: Text | None = None
    corresponding_adjustment_declaration: Literal["Committed", "Not Required", "Unknown"]
    corresponding_adjustment_status: Literal["Not Started", "Pending", "Completed"] | None = None
    covered_by_ndc: Literal["Inside NDC", "Outside NDC", "Unknown"] | None = None
    is_eu_project: bool | None = None
    ccp_label: Text | None = None
    ccp_label_checked_at: date | None = None
    other_labels: Text | None = None
    acquired_at: date
    cost_cents: Annotated[int, Field(ge=0)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    supplier_order_id: Text | None = None
    broker_portfolio_id: Text | None = None

    registry_retirement_id: Text | None = None
    retired_on: date | None = None
    beneficiary_on_registry: Text | None = None
    on_behalf_of_text: Text | None = None
    account_holder: Text | None = None
    public_url: Url | None = None
    evidence_file: Text | None = None

    @property
    def serial(self) -> Serial:
        """Raises UnreadableSerialError."""
        return parse_serial(self.registry, self.serial_number_block)


REQUIRED = [name for name, field in ImportRow.model_fields.items() if field.is_required() and name != "row"]
COLUMNS = [name for name in ImportRow.model_fields if name != "row"]

_SHOWN_OF_RETIRED = (
    "unit_status_reason", "registry_retirement_id", "retired_on", "beneficiary_on_registry", "evidence_file",
)  # fmt: skip


def contradictions(row: ImportRow) -> Iterator[str]:
    """Every way in which the row contradicts itself; without those of an unreadable serial number, which is one."""
    yield from _of_the_status(row)
    if (row.ccp_label is None) != (row.ccp_label_checked_at is None):
        yield "a ccp_label has the day on which it was looked up (ccp_label_checked_at), and only then"
    if row.vintage_start and row.vintage_end and row.vintage_end < row.vintage_start:
        yield "vintage_end lies before vintage_start"
    if (row.mitigation_class == "removal") != row.unit_type.startswith("Removal"):
        yield f"mitigation_class {row.mitigation_class} contradicts unit_type {row.unit_type}"
    try:
        serial = row.serial
    except UnreadableSerialError as error:
        yield f"serial_number_block {row.serial_number_block!r}: {error.sentence}"
    else:
        yield from _of_the_serial(row, serial)


def _of_the_status(row: ImportRow) -> Iterator[str]:
    given = [name for name in _SHOWN_OF_RETIRED if getattr(row, name) is not None]
    match row.unit_status:
        case "Retired":
            if len(given) < len(_SHOWN_OF_RETIRED):
                yield f"retired units need {', '.join(name for name in _SHOWN_OF_RETIRED if name not in given)}"
        case "Held":
            if given:
                yield f"held units have no {', '.join(given)}"
        case other:
            yield (
                f"unit_status {other!r} can back nothing: only Held and Retired units are taken (cancelled units were"
                " mostly converted, and ex-ante ones do not exist yet)"
            )


def _of_the_serial(row: ImportRow, serial: Serial) -> Iterator[str]:
    if serial.unit_count != row.unit_count:
        yield (
            f"unit_count is {row.unit_count:,}, but {serial.unit_block_start} to {serial.unit_block_end} are"
            f" {serial.unit_count:,} units, both ends included"
        )
    if not serial.first_vintage_year <= row.vintage_year <= serial.last_vintage_year:
        yield f"vintage_year is {row.vintage_year}, the serial number says {serial.first_vintage_year}"
    if serial.country is not None and serial.country != row.host_country:
        yield f"host_country is {row.host_country}, the serial number says {serial.country}"
    if serial.project is not None and not _names_project(row.project_id, serial.project):
        yield f"project_id is {row.project_id!r}, the serial number says {serial.project}"


def _names_project(project_id: str, project: str) -> bool:
    """VCS2366, VCS-2366 and 2366 all name project 2366; leading zeros do not count."""
    if project.isdigit():
        return int(project) in map(int, re.findall(r"[0-9]+", project_id))
    return project in re.findall(r"[A-Z0-9]+", project_id)

"""A closed period as its close stated it: the row of ops.billing_periods that a receipt is about."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from psycopg.types.multirange import Multirange

from core.database import Connection
from receipts.document.errors import NotStatedError


@dataclass(frozen=True, slots=True)
class StoredPeriod:
    """[starts_at, ends_at). Masses are exact micrograms; `central` and its like are usage and adjustments together."""

    id: int
    org_id: int
    tier: str
    starts_at: datetime
    ends_at: datetime
    closed_at: datetime
    factor_version: str
    factor_set_sha256: str
    low: Decimal
    central: Decimal
    high: Decimal
    carry_in: Decimal
    carry_out: Decimal
    not_covered: Decimal
    coverage_grams: int
    retire_grams: int
    known_hours: int
    missing_hours: int
    holes: Multirange[datetime]


def read_period(connection: Connection, period_id: int) -> StoredPeriod:
    """The worker's role. Raises NotStatedError: it is not a closed, paid one with usage data, or its factors are not
    there (no build has run here since the database was restored).
    """
    row = connection.execute(
        "select period.id, org_id, tier, lower(span) as starts_at, upper(span) as ends_at, closed_at, factor_version,"
        " input_sha256 as factor_set_sha256, co2e_micrograms_low as low, co2e_micrograms_central as central,"
        " co2e_micrograms_high as high, carry_in_micrograms as carry_in, carry_out_micrograms as carry_out,"
        " not_covered_micrograms as not_covered, coverage_grams, retire_grams, known_hours, missing_hours, holes"
        " from ops.billing_periods as period"
        " join reference.factor_sets as factors on factors.version = period.factor_version"
        " where period.id = %s and state = 'closed' and funding = 'paid' and has_usage_data",
        [period_id],
    ).fetchone()
    if row is None or None in row.values():
        raise NotStatedError(period_id)
    return StoredPeriod(**row)

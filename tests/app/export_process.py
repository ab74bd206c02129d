"""An export in a process of its own: prints rows, bytes, and by how many KiB its memory grew after the first rows.

python -m tests.app.export_process ADMIN_URL ORG_ID csv|parquet
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from app.api.export_tables import USAGE
from app.api.exports_csv import csv_chunks
from app.api.exports_parquet import parquet_chunks
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage import Usage
from app.telemetry.usage_export import usage_export
from core.database import Database, DatabaseUrls

SPAN = TimeSpan(datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
FORMS = {"csv": csv_chunks, "parquet": parquet_chunks}
SETTLED_AFTER_ROWS = {"csv": 10_000, "parquet": 25_000}  # two row groups of Parquet, and half of the third


class Counted:
    """The batches, and what the memory was when so many rows had been taken."""

    def __init__(self, batches: Iterator[Sequence[Usage]], *, settled_after: int) -> None:
        self._batches = batches
        self._settled_after = settled_after
        self.rows = 0
        self.settled_kib = 0

    def __iter__(self) -> Iterator[Sequence[Usage]]:
        for batch in self._batches:
            yield batch
            self.rows += len(batch)
            if self.rows == self._settled_after:
                self.settled_kib = _peak_kib()


def main() -> None:
    _, admin_url, org_id, form = sys.argv
    with (
        Database(DatabaseUrls(admin=admin_url)) as database,
        usage_export(database, int(org_id), span=SPAN) as export,
    ):
        counted = Counted(export.batches, settled_after=SETTLED_AFTER_ROWS[form])
        size = sum(map(len, FORMS[form](replace(export, batches=iter(counted)), USAGE)))
    sys.stdout.write(f"{counted.rows} {size} {_peak_kib() - counted.settled_kib}\n")


def _peak_kib() -> int:
    """Of this program alone: what `getrusage` says has the peak of the one that started it in it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    main()

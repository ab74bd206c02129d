"""An export in a process of its own: prints rows, bytes, and by how many KiB its memory grew after the first batches.

python -m tests.app.export_process ADMIN_URL ORG_ID
"""

import resource
import sys
from datetime import UTC, datetime

from app.api.exports_csv import csv_chunks
from app.telemetry.time_span import TimeSpan
from app.telemetry.usage_export import usage_export
from core.database import Database, DatabaseUrls

SPAN = TimeSpan(datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
SETTLED_AFTER_CHUNKS = 20


def main() -> None:
    rows, size, settled = -1, 0, 0  # the header is no row
    with (
        Database(DatabaseUrls(admin=sys.argv[1])) as database,
        usage_export(database, int(sys.argv[2]), span=SPAN) as export,
    ):
        for number, chunk in enumerate(csv_chunks(export)):
            rows += chunk.count(b"\r\n")
            size += len(chunk)
            if number == SETTLED_AFTER_CHUNKS:
                settled = _peak_kib()
    sys.stdout.write(f"{rows} {size} {_peak_kib() - settled}\n")


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()

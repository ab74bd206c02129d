"""A process that uses the embedded server until its standard input ends: `python -m tests.core.embedded_user HOME`.

Prints one JSON line: the server's connection string and process id. `query` on its input runs one.
"""

import json
import sys
from pathlib import Path

from core.database import connect, fetch_one
from core.embedded_postgres import start_embedded_postgres

home = Path(sys.argv[1])
url = start_embedded_postgres(home)
server = int((home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
print(json.dumps({"url": url, "server": server}), flush=True)  # noqa: T201 - this is how it answers
for _ in sys.stdin:
    with connect(url) as connection:
        print(fetch_one(connection, "select count(*) as count from pg_database")["count"], flush=True)  # noqa: T201 - likewise

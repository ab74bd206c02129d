"""`python -m orchestration [--port N]`: Dagster's web pages and daemon on 127.0.0.1, over a prepared instance.

Dagster's pages have no log-in, so they never leave this machine.
"""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

from core.database import database_urls
from core.errors import CarbonLedgerError
from core.migrations.migrate import migrate
from core.settings import Settings, child_environment
from orchestration.instance import prepare_instance

WORKSPACE = Path(__file__).parent.parent / "workspace.yaml"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m orchestration", description=__doc__)
    parser.add_argument("--port", type=int, default=3070, help="port of the web pages (default: %(default)s)")
    arguments = parser.parse_args()
    settings = Settings()
    try:
        migrate(database_urls(settings))
        instance = prepare_instance(settings)
    except CarbonLedgerError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 2
    dagster = Path(sys.executable).with_name("dagster")
    command = [str(dagster), "dev", "-w", str(WORKSPACE), "-h", "127.0.0.1", "-p", str(arguments.port)]
    environment = {**child_environment(settings), **instance.environment()}
    with subprocess.Popen(command, cwd=WORKSPACE.parent, env=environment) as child:  # noqa: S603 - our own executable
        for stop in (signal.SIGINT, signal.SIGTERM):
            signal.signal(stop, lambda *_: child.send_signal(signal.SIGINT))
        return child.wait()


if __name__ == "__main__":
    sys.exit(main())

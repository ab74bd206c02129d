"""`python -m sandbox usage --config FILE.json`: start a sandbox. Exits with 2 where it cannot start, and says why."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox.process import serve
from sandbox.usage.application import create_usage_sandbox
from sandbox.usage.config import ConfigError, read_config


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Outside services, played on loopback.")
    services = parser.add_subparsers(dest="service", required=True)
    usage = services.add_parser("usage", help="the usage APIs of OpenAI, Anthropic and OpenRouter")
    usage.add_argument("--config", type=Path, required=True, help="accounts, keys and usage, as JSON")
    usage.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0: a free one")
    usage.add_argument("--ready-file", type=Path, help="file to write the URL to, once connections are taken")
    given = parser.parse_args(arguments)
    parent = os.getppid()  # before the traces are read: the parent may be gone when that is done
    try:
        app = create_usage_sandbox(read_config(given.config), folder=given.config.parent)
        serve(app, port=given.port, ready_file=given.ready_file, parent=parent)
    except ConfigError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"cannot listen on 127.0.0.1:{given.port}: {os.strerror(error.errno or 0)}")
    return 0


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"sandbox: {sentence}\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""`python -m sandbox usage|stripe|broker --config FILE.json`: start a sandbox.

Exits with 2 where it cannot start, and says why.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI

from sandbox.broker.application import create_broker_sandbox
from sandbox.broker.config import ConfigError as BrokerConfigError
from sandbox.broker.config import read_broker_config
from sandbox.process import serve
from sandbox.stripe.application import create_stripe_sandbox
from sandbox.stripe.config import ConfigError as StripeConfigError
from sandbox.stripe.config import read_stripe_config
from sandbox.usage.application import create_usage_sandbox
from sandbox.usage.config import ConfigError, read_config


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Outside services, played on loopback.")
    services = parser.add_subparsers(dest="service", required=True)
    usage = services.add_parser("usage", help="the usage APIs of OpenAI, Anthropic and OpenRouter")
    usage.add_argument("--config", type=Path, required=True, help="accounts, keys and usage, as JSON")
    stripe = services.add_parser("stripe", help="the billing side of Stripe's API, its Checkout and portal pages")
    stripe.add_argument("--config", type=Path, required=True, help="clock, key, prices and webhook endpoints, as JSON")
    stripe.add_argument("--keep", type=Path, help="file that the account is kept in, from one run to the next")
    broker = services.add_parser("broker", help="a credit broker, in CNaught's published shapes")
    broker.add_argument("--config", type=Path, required=True, help="key and portfolios, as JSON")
    for service in (usage, stripe, broker):
        service.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0: a free one")
        service.add_argument("--ready-file", type=Path, help="file to write the URL to, once connections are taken")
    given = parser.parse_args(arguments)
    parent = os.getppid()  # before the traces are read: the parent may be gone when that is done
    try:
        app = _application(given)
        serve(app, port=given.port, ready_file=given.ready_file, parent=parent)
    except (ConfigError, StripeConfigError, BrokerConfigError) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"cannot listen on 127.0.0.1:{given.port}: {os.strerror(error.errno or 0)}")
    return 0


def _application(given: argparse.Namespace) -> FastAPI:
    config: Path = given.config
    if given.service == "stripe":
        return create_stripe_sandbox(read_stripe_config(config), kept_in=given.keep)
    if given.service == "broker":
        return create_broker_sandbox(read_broker_config(config))
    return create_usage_sandbox(read_config(config), folder=config.parent)


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"sandbox: {sentence}\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

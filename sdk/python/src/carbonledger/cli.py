"""`carbonledger`, the command: arguments -> a command -> what it prints and its exit code."""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path

from carbonledger.commands.exit_codes import ExitCode
from carbonledger.commands.findings import as_json, as_text
from carbonledger.commands.inputs import BadInputError
from carbonledger.commands.verify import Asked, verify
from carbonledger.verify.errors import CannotCheckError

_EXIT_CODES = """\
exit codes:
  0  valid
  1  not valid: a check failed, the issuer voided it, or a number cannot be recomputed
  2  the arguments or a file cannot be used: it is no receipt
  3  not fully checked: no keys, no log proof, no network
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    given = _parser().parse_args(arguments)
    try:
        findings = verify(
            Asked(
                target=given.target,
                proof=given.proof,
                trust=given.trust,
                server=given.server,
                receipt_id=given.id,
                usage=given.recompute,
            )
        )
    except BadInputError as error:
        sys.stderr.write(f"carbonledger: {error}\n")
        return ExitCode.BAD_INPUT
    except CannotCheckError as error:
        sys.stderr.write(f"carbonledger: {error}\n")
        return ExitCode.NOT_CHECKED
    _print(as_json(findings) if given.json else as_text(findings))
    return findings.exit_code


def _print(text: str) -> None:
    """A character that the terminal cannot show is escaped, not fatal."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="carbonledger", description="Carbon receipts, for whoever holds one.")
    receipts = parser.add_subparsers(required=True, metavar="receipts").add_parser("receipts", help="carbon receipts")
    command = receipts.add_subparsers(required=True, metavar="verify").add_parser(
        "verify",
        help="verify a receipt",
        description="Verify a receipt (JSON or PDF) offline, or look one up by its serial number.",
        epilog=_EXIT_CODES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    command.add_argument("target", metavar="FILE|SERIAL", help="receipt.json, a PDF, or a serial number")
    command.add_argument("--proof", type=Path, metavar="FILE", help="log proof; default: the .tlog-proof beside FILE")
    command.add_argument("--trust", type=Path, metavar="FILE", help="the issuer's key-history.json that you keep")
    command.add_argument("--server", metavar="URL", help="ask it for the keys, and whether the receipt still stands")
    command.add_argument("--id", metavar="ID", help="with SERIAL: the receipt's id (in its QR code), to read all of it")
    command.add_argument("--recompute", type=Path, metavar="FILE", help="the sealed usage file: recompute every number")
    command.add_argument("--json", action="store_true", help="print JSON")
    return parser

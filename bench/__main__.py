"""`make bench [ARGS="--rows 1000000 5000000"]` prints what this machine does now. Nothing here passes or fails."""

import argparse
import atexit
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from bench.builds import BuildSeconds, build_seconds
from bench.closes import closes_measured
from bench.first_grams import first_grams_seconds
from bench.issuing import issuing_measured
from bench.large_organization import PROJECTS
from bench.pages import PagesMeasured, pages_measured
from bench.summary import as_table, summary_latencies
from bench.transparency_log import log_measured
from bench.verifications import verifications_measured

MEASUREMENTS = ("builds", "first-grams", "summary", "pages", "closes", "receipts", "verification", "log")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 5_000_000], help="usage rows of the builds")
    parser.add_argument("--only", choices=MEASUREMENTS, nargs="+", default=list(MEASUREMENTS))
    arguments = parser.parse_args()
    _say(f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}\n")
    folder = tempfile.mkdtemp(prefix="carbonledger-bench-")
    atexit.register(shutil.rmtree, folder)  # before a server starts in it, so that it runs after the server has stopped
    if "builds" in arguments.only:
        _say("| usage rows | engine | seconds | rows/s | times the hand-written query |\n|--:|---|--:|--:|--:|")
        for rows in arguments.rows:
            _say(_builds(build_seconds(Path(folder) / f"builds-{rows}", rows=rows)))
    if "first-grams" in arguments.only:
        _say(f"\nPOST /v1/connections to the first grams, 30 days of history: {first_grams_seconds():.1f} s")
    if "summary" in arguments.only:
        rows = max(arguments.rows)
        _say(as_table(summary_latencies(Path(folder) / "summary", rows=rows), rows=rows))
    if "pages" in arguments.only:
        rows = max(arguments.rows)
        _say(_pages(pages_measured(Path(folder) / "pages", rows=rows), rows=rows))
    if "closes" in arguments.only:
        _say(closes_measured(Path(folder) / "closes").as_table())
    if "receipts" in arguments.only:
        _say(issuing_measured(Path(folder) / "receipts").as_table())
    if "verification" in arguments.only:
        _say(verifications_measured().as_table())
    if "log" in arguments.only:
        _say(log_measured(Path(folder) / "log").as_table())


def _pages(measured: PagesMeasured, *, rows: int) -> str:
    nothing, empty = next(iter(measured.pages.values())), next(iter(measured.answers.values()))
    lines = [
        f"\n| Chromium, {PROJECTS} projects, {rows:,} usage rows | headline s | times | last chart s | times"
        " | again: headline s | last chart s |\n|---|--:|--:|--:|--:|--:|--:|"
    ]
    lines += [
        f"| {name} | {page.headline:.2f} | {page.headline / nothing.headline:.1f} | {page.last:.2f}"
        f" | {page.last / nothing.last:.1f} | {page.headline_again:.2f} | {page.last_again:.2f} |"
        for name, page in measured.pages.items()
    ]
    overview = measured.pages["overview"]
    is_reached = overview.headline <= 1.3 * nothing.headline and overview.last <= 2 * nothing.last
    lines.append(
        "\ngoal: the overview's headline at most 1.3 times the empty page, its last chart at most 2 times:"
        f" {'reached' if is_reached else 'not reached'}"
    )
    lines.append("\n| 8 clients | p50 ms | p95 ms | times p50 |\n|---|--:|--:|--:|")
    lines += [
        f"| {name} | {found.p50_ms:.1f} | {found.p95_ms:.1f} | {found.p50_ms / empty.p50_ms:.1f} |"
        for name, found in measured.answers.items()
    ]
    return "\n".join(lines)


def _builds(seconds: BuildSeconds) -> str:
    engines = {
        "dbt on PostgreSQL, full": seconds.postgres,
        "dbt on DuckDB, full": seconds.duckdb,
        "by hand on DuckDB": seconds.by_hand,
        "snapshot to Parquet": seconds.snapshot,
    }
    lines = [
        f"| {seconds.rows:,} | {engine} | {took:.1f} | {seconds.rows / took:,.0f} | {took / seconds.by_hand:.1f} |"
        for engine, took in engines.items()
    ]
    return "\n".join(
        [*lines, f"| one day of these | dbt on PostgreSQL, incremental | {seconds.postgres_one_day:.1f} | | |"]
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

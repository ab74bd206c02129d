"""The command line: quick, and clear about what it cannot use. Run as people run it, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SLOW = ("streamlit", "dbt", "dagster", "fastapi", "pandas", "boto3", "psycopg")


def run(*arguments: str, home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CARBONLEDGER_")}
    environment |= {"CARBONLEDGER_HOME": str(home)} | {f"CARBONLEDGER_{key}": value for key, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_asking_for_help_imports_nothing_that_is_slow() -> None:
    script = "import json, sys; import app.cli; print(json.dumps([name for name in sys.modules if '.' not in name]))"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [name for name in SLOW if name in json.loads(loaded.stdout)] == []


def test_help_lists_the_commands(home: Path) -> None:
    shown = run("--help", home=home)
    assert shown.returncode == 0
    for command in ("demo", "serve", "migrate", "poll", "build", "snapshot", "doctor"):
        assert f" {command} " in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "settings", "code", "sentence"),
    [
        (
            ("migrate",),
            {"DATABASE_URL": "mysql://somebody:hunter2@db/x"},
            2,
            "error: CARBONLEDGER_DATABASE_URL is not a PostgreSQL connection string",
        ),
        (
            ("migrate",),
            {"DATABASE_URL": "postgresql://somebody:hunter2@127.0.0.1:9/x"},
            1,
            "error: The database does not answer",
        ),
        (("migrate",), {"POLL_SHARDS": "many"}, 2, "error: These settings cannot be used: CARBONLEDGER_POLL_SHARDS"),
        (
            ("serve",),
            {"STRIPE_SECRET_KEY": "sk_test_hunter2"},
            2,
            "error: These settings cannot be used: CARBONLEDGER_STRIPE_WEBHOOK_SECRET (Value error, a Stripe key",
        ),
        (("build", "--target", "duckdb"), {}, 2, "error: --target duckdb"),
    ],
)
def test_bad_input_is_one_line_without_what_was_given(
    home: Path, arguments: tuple[str, ...], settings: dict[str, str], code: int, sentence: str
) -> None:
    refused = run(*arguments, home=home, **settings)
    assert (refused.returncode, refused.stdout) == (code, "")
    assert refused.stderr.startswith(sentence)
    assert refused.stderr.count("\n") == 1
    assert "hunter2" not in refused.stderr


@pytest.mark.database
def test_migrating_twice_is_the_same_as_once(home: Path, database_url: str) -> None:
    again = run("migrate", home=home, DATABASE_URL=database_url)
    assert (again.returncode, again.stdout) == (0, "the database is up to date\n")


@pytest.mark.database
def test_doctor_finds_nothing_wrong_but_that_the_providers_are_far_away(home: Path, database_url: str) -> None:
    closed = "http://127.0.0.1:9"
    found = run(
        "doctor",
        home=home,
        DATABASE_URL=database_url,
        OPENAI_BASE_URL=closed,
        ANTHROPIC_BASE_URL=closed,
        OPENROUTER_BASE_URL=closed,
    )
    marks = [(line.split()[0], line.split()[1].rstrip(":")) for line in found.stdout.splitlines()]
    assert marks == [
        ("ok", "database"),
        ("ok", "migrations"),
        ("ok", "roles"),
        ("ok", "secrets"),
        ("warning", "OpenAI"),
        ("warning", "Anthropic"),
        ("warning", "OpenRouter"),
        ("ok", "keys"),
        ("ok", "polls"),
        ("ok", "builds"),
        ("ok", "mails"),
    ]
    assert found.returncode == 1


def test_doctor_says_first_that_the_database_does_not_answer(home: Path) -> None:
    found = run("doctor", home=home, DATABASE_URL="postgresql://127.0.0.1:9/x")
    assert found.returncode == 2
    assert found.stdout.startswith("FAILURE  database: The database does not answer")
    assert found.stdout.count("\n") == 1

"""`carbonledger-server doctor`: looks at everything that the product stands on and says what to do about what is wrong.

Changes nothing: a secret is kept and forgotten again. Providers are asked without a key: any HTTP answer shows that
the way to them is open.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import httpx
from pydantic import SecretStr

from app.context import ServerContext
from app.health import State, health
from app.server_context import server_context
from core.clock import Clock, SystemClock
from core.database import Connection, Database, fetch_one
from core.errors import CarbonLedgerError
from core.migrations.migrate import migrations
from core.secret_store import SecretStore
from core.settings import Settings
from receipts.keys.errors import NoKeysError
from receipts.keys.issuer import issuer_of, required_issuer
from receipts.keys.published import published_keys
from receipts.keys.signer import log_signer, receipt_signer

Verdict = Literal["ok", "warning", "failure"]
MAIL_LATE = timedelta(minutes=15)
KEY_OLD = timedelta(days=366)
_VERDICTS: Mapping[State, Verdict] = {"ok": "ok", "warn": "warning", "fail": "failure"}


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: Verdict
    subject: str
    sentence: str

    @property
    def line(self) -> str:
        mark = {"ok": "ok     ", "warning": "warning", "failure": "FAILURE"}[self.verdict]
        return f"{mark}  {self.subject}: {self.sentence}"

    @property
    def exit_code(self) -> int:
        """0 ok, 1 worth a look, 2 does not work."""
        return {"ok": 0, "warning": 1, "failure": 2}[self.verdict]


def examine(settings: Settings) -> Iterator[Finding]:
    """All findings, as they are made; stops after the first if the database does not answer."""
    try:
        context = server_context(settings)
        with context.database.owner() as connection:
            yield _server(connection)
    except CarbonLedgerError as error:
        yield Finding("failure", "database", error.sentence)
        return
    try:
        yield _migrations(context.database)
        yield _roles(context.database)
        yield _vault(context.secrets)
        yield from _providers(settings)
        if _is_migrated(context.database):
            yield _keys(context, now=SystemClock().now())
            yield from _work(context.database, SystemClock())
    finally:
        context.database.close()


def _server(connection: Connection) -> Finding:
    version = connection.info.server_version
    return Finding("ok", "database", f"PostgreSQL {version // 10000}.{version % 10000} answers")


def _is_migrated(database: Database) -> bool:
    with database.owner() as connection:
        row = connection.execute("select to_regclass('ops.migrations') is not null as there").fetchone()
    return bool(row and row["there"])


def _migrations(database: Database) -> Finding:
    if not _is_migrated(database):
        return Finding("failure", "migrations", "none is applied; run `carbonledger-server migrate`")
    with database.owner() as connection:
        rows = connection.execute("select number, checksum from ops.migrations").fetchall()
    applied = {row["number"]: row["checksum"] for row in rows}
    missing = [migration.name for migration in migrations() if migration.number not in applied]
    changed = [m.name for m in migrations() if m.number in applied and applied[m.number] != m.checksum]
    if changed:
        return Finding("failure", "migrations", f"{', '.join(changed)} was changed after it was applied")
    if missing:
        return Finding("failure", "migrations", f"{', '.join(missing)} missing; run `carbonledger-server migrate`")
    return Finding("ok", "migrations", f"all {len(applied)} are applied")


def _roles(database: Database) -> Finding:
    """The app role must not be able to look past row-level security, whatever log-in it uses."""
    try:
        with database.worker() as connection:
            worker = fetch_one(connection, "select current_user as name")["name"]
        with database.before_tenant() as connection:
            app = fetch_one(
                connection,
                "select current_user as name, rolsuper or rolbypassrls as unbounded from pg_roles"
                " where rolname = current_user",
            )
    except CarbonLedgerError as error:
        return Finding("failure", "roles", error.sentence)
    if app["unbounded"]:
        return Finding("failure", "roles", f"{app['name']} looks past row-level security; take that right away")
    return Finding("ok", "roles", f"requests run as {app['name']}, work runs as {worker}")


def _vault(store: SecretStore) -> Finding:
    try:
        arn = store.put("doctor", SecretStr("doctor"))
        opened = store.get(arn).get_secret_value()
        store.delete(arn)
    except (CarbonLedgerError, OSError) as error:
        sentence = error.sentence if isinstance(error, CarbonLedgerError) else f"cannot be written ({error.strerror})"
        return Finding("failure", "secrets", sentence)
    return Finding("ok" if opened == "doctor" else "failure", "secrets", "a secret was kept, read and forgotten")


def _keys(context: ServerContext, *, now: datetime) -> Finding:
    """Whether receipts can be signed, and by keys that are not too old."""
    with context.database.worker() as connection:
        if context.settings.issuer is None and issuer_of(connection) is None:
            return Finding("ok", "keys", "no receipts are issued: CARBONLEDGER_ISSUER is not set")
        try:
            required_issuer(connection, context.settings)
            receipt_signer(connection, context.secrets)
            log_signer(connection, context.secrets)
        except NoKeysError as error:
            return Finding("warning", "keys", error.sentence)
        except CarbonLedgerError as error:
            return Finding("failure", "keys", error.sentence)
        active = [key for key in published_keys(connection) if key.state == "active"]
    old = [key.purpose for key in active if now - key.created_at > KEY_OLD]
    if old:
        commands = " and ".join(f"`carbonledger-server keys rotate --purpose {purpose}`" for purpose in old)
        return Finding("warning", "keys", f"older than a year; run {commands}")
    return Finding("ok", "keys", "a receipt and a checkpoint can be signed")


def _providers(settings: Settings) -> Iterator[Finding]:
    addresses: Mapping[str, str] = {
        "OpenAI": settings.openai_base_url,
        "Anthropic": settings.anthropic_base_url,
        "OpenRouter": settings.openrouter_base_url,
    }
    for name, address in addresses.items():
        try:
            httpx.get(address, timeout=5)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            yield Finding("warning", name, f"{address} cannot be reached ({type(error).__name__})")
        else:
            yield Finding("ok", name, f"{address} answers")


def _work(database: Database, clock: Clock) -> Iterator[Finding]:
    now = clock.now()
    found = health(database, now=now)
    yield Finding(_VERDICTS[found.polling.status], "polls", found.polling.detail)
    yield Finding(_VERDICTS[found.warehouse.status], "builds", found.warehouse.detail)
    with database.worker() as connection:
        row = fetch_one(
            connection,
            "select"
            " (select count(*) from ops.connections where status in ('error', 'skipped')) as broken,"
            " (select count(*) from ops.outbox where delivered_at is null and failed_at is null) as waiting,"
            " (select min(due_at) from ops.outbox where delivered_at is null and failed_at is null) as due_at,"
            " (select count(*) from ops.outbox where failed_at is not null) as given_up",
        )
    if row["broken"]:
        yield Finding("warning", "connections", f"{row['broken']} wait for their owner to re-authenticate")
    is_late = row["due_at"] is not None and now - row["due_at"] > MAIL_LATE
    verdict: Verdict = "warning" if is_late or row["given_up"] else "ok"
    yield Finding(verdict, "mails", f"{row['waiting']} waiting, {row['given_up']} given up")

"""Ada's organization of the built world with a word in every text that people can write, and what is left of it."""

from typing import Any

from pydantic import SecretStr

from app.accounts.accept_invitation import accept_invitation
from app.accounts.api_keys import create_api_key
from app.accounts.delete_organization import begin_deletion
from app.accounts.invitations import invite
from app.accounts.notification_targets import add_target
from app.accounts.password_reset import request_password_reset
from app.accounts.person import change_display_name
from app.accounts.principal import Principal
from app.context import ServerContext
from core.database import Database, connect, enter_tenant, fetch_one
from core.owner_notices import tell_owners
from ingestion.corrections import correct_usage
from ingestion.mapping import WHOLE_ACCOUNT
from ingestion.projects import create_project
from tests.app.tenants import PASSWORD, PUBLIC_URL
from tests.app.world import World
from tests.conftest import NOON

WORD = "quokka"
OWNER = "ada@example.com"
NAME = f"{WORD} limited"


def mark(context: ServerContext, world: World) -> None:
    """Every text of Ada's that a person wrote or a provider sent holds WORD, or her e-mail. Bob is a member, too."""
    database, ada = context.database, world.ada
    owner = Principal(org_id=ada.org_id, user_id=ada.user_id, role="owner")
    change_display_name(database, owner, f"Ada {WORD}")
    create_api_key(database, owner, name=WORD, scopes=["read"], expires_at=None, now=NOON)
    project = create_project(database, org_id=ada.org_id, name=WORD, actor=owner.actor, now=NOON)
    correct_usage(
        database, org_id=ada.org_id, connection_id=world.ada_openai.connection_id, selector=WHOLE_ACCOUNT, start=None,
        end=NOON, project_id=project.id, reason=f"for {WORD}", actor=owner.actor, now=NOON,
    )  # fmt: skip
    target = SecretStr(f"jsons://93.184.216.34/{WORD}")
    add_target(context, owner, url=target, label=f"{WORD} target", now=NOON)
    for email in (f"{WORD}-member@example.com", "bob@example.com", f"{WORD}-nobody@example.com"):
        invite(database, owner, email=email, role="viewer", public_url=PUBLIC_URL, now=NOON)
        if "nobody" not in email:
            accept_invitation(
                database, token=_token(database, email), password=PASSWORD, address="127.0.0.1", memory_mib=8, now=NOON
            )
    request_password_reset(database, email=OWNER, address="127.0.0.1", public_url=PUBLIC_URL, now=NOON)
    with database.worker() as connection:
        tell_owners(connection, org_id=ada.org_id, dedupe_key="fact", title=WORD, body=f"About {WORD}.", now=NOON)
        connection.execute(
            "insert into ops.billing_accounts (org_id, stripe_customer_id, created_at) values (%s, 'cus_ada', %s)",
            [ada.org_id, NOON],
        )
        connection.execute("select ops.receive_stripe_event('evt_1', 'x', null, false, 'cus_ada', %s, %s)",
                           [WORD.encode(), NOON])  # fmt: skip
        connection.execute("update ops.stripe_events set state = 'done', finished_at = %s", [NOON])
        for account in (world.ada_openai, world.ada_anthropic, world.ada_openrouter):
            arn = context.secrets.put("provider", SecretStr(f"sk-{WORD}"))
            connection.execute(
                "update ops.connections set secret_arn = %s, label = label || %s, error_sentence = %s where id = %s",
                [arn, WORD, WORD, account.connection_id],
            )
        arn = context.secrets.put("vault", SecretStr("00" * 32))
        connection.execute("insert into ops.receipt_vaults (org_id, secret_arn, created_at) values (%s, %s, %s)",
                           [ada.org_id, arn, NOON])  # fmt: skip
    with database.owner() as connection:
        connection.execute(
            "update ops.organizations set name = %s, legal_name = %s where id = %s",
            [NAME, f"{WORD} GmbH", ada.org_id],
        )
        connection.execute(
            "update raw.usage_observations set payload = jsonb_build_object('note', %s::text) where org_id = %s",
            [WORD, ada.org_id],
        )
        connection.execute(
            "insert into ops.idempotent_replies (org_id, key, request_hash, status, body, created_at)"
            " values (%s, 'k', '\\x00', 201, %s, %s)",
            [ada.org_id, WORD, NOON],
        )


def begin(database: Database, org_id: int, *, name: str = NAME) -> None:
    with database.worker() as connection:
        enter_tenant(connection, org_id)
        assert begin_deletion(connection, org_id, name=name, actor="user_1", now=NOON)


def rows_with(database: Database, *words: str) -> dict[str, int]:
    """How many rows of each table of every schema hold one of the words, in whatever column; only those that do."""
    patterns = [f"%{word}%" for word in words] + [f"%{word.encode().hex()}%" for word in words]
    found = {}
    for table in _tables(database):
        with connect(database.urls.admin) as connection:
            rows = connection.execute(
                f"select 1 from {table} as t where t::text ilike any(%s)".encode(), [patterns]
            ).fetchall()
        if rows:
            found[table] = len(rows)
    return found


def everything_of(database: Database, org_id: int) -> dict[str, list[Any]]:
    """Each table's rows of the organization, as text, without what chance has written."""
    told = {}
    for table in _tables(database, having="org_id"):
        with connect(database.urls.admin) as connection:
            rows = connection.execute(
                f"select (to_jsonb(t) - 'secret_arn')::text as row from {table} as t"
                " where org_id = %s order by 1".encode(),
                [org_id],
            ).fetchall()
        told[table] = [row["row"] for row in rows]
    return told


def sums_of(database: Database) -> list[dict[str, Any]]:
    """What is counted of each organization, to the last digit."""
    with connect(database.urls.admin) as connection:
        return connection.execute(
            "select org_id, count(*) as rows, sum(output_tokens) as output, sum(uncached_input_tokens) as input,"
            " sum(co2e_micrograms_low) as low, sum(co2e_micrograms_central) as central,"
            " sum(co2e_micrograms_high) as high from marts.fct_usage group by org_id order by org_id"
        ).fetchall()


def _tables(database: Database, *, having: str | None = None) -> list[str]:
    with connect(database.urls.admin) as connection:
        rows = connection.execute(
            "select pg_class.oid::regclass::text as name from pg_class"
            " join pg_namespace on pg_namespace.oid = relnamespace"
            " where relkind in ('r', 'p') and nspname not like 'pg\\_%%' and nspname <> 'information_schema'"
            " and (%(column)s::text is null or exists (select from pg_attribute where attrelid = pg_class.oid"
            "  and attname = %(column)s)) order by 1",
            {"column": having},
        ).fetchall()
    return [str(row["name"]) for row in rows]


def _token(database: Database, email: str) -> str:
    with database.owner() as connection:
        mail = fetch_one(connection, "select body from ops.outbox where recipient = %s", [email])["body"]
    return str(mail.partition("token=")[2].split()[0])

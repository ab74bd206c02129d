"""The functions that look past tenants: who may call them, and what the app role sees without them."""

import psycopg.errors
import pytest

from core.database import Database

pytestmark = pytest.mark.database


FOR_THE_WORKER_ALONE = {"erase_payloads", "erase_texts", "finish_organization_deletion", "prepare_erasure"}
ALSO_FOR_THE_WORKER = {
    "activity", "begin_organization_deletion", "period_credits", "public_credit_pool", "public_receipt",
    "receive_stripe_event",
}  # fmt: skip


def test_every_function_past_tenants_fixes_its_search_path_and_is_for_the_role_that_needs_it(
    database: Database,
) -> None:
    with database.owner() as connection:
        functions = connection.execute(
            "select proname, pg_get_userbyid(proowner) as owner, proconfig,"
            " array(select case grantee when 0 then 'public' else pg_get_userbyid(grantee) end"
            "  from aclexplode(proacl) order by 1) as grantees"
            " from pg_proc where prosecdef and pronamespace = 'ops'::regnamespace"
        ).fetchall()
    assert {function["proname"] for function in functions} == {
        "accept_invitation",
        "activity",
        "api_key_principal",
        "begin_organization_deletion",
        "begin_password_reset",
        "begin_session",
        "change_password",
        "count_attempt",
        "email_of_password_reset",
        "end_other_sessions",
        "end_session",
        "erase_payloads",
        "erase_texts",
        "finish_organization_deletion",
        "finish_password_reset",
        "forget_attempts",
        "is_operator",
        "members_of_tenant",
        "name_person",
        "names_of_tenant",
        "open_invitation",
        "organizations_of_user",
        "password_of_email",
        "period_credits",
        "person",
        "prepare_erasure",
        "public_credit_pool",
        "public_receipt",
        "receive_stripe_event",
        "session_principal",
        "sessions_of_user",
        "sign_up",
        "switch_session",
    }
    for function in functions:
        assert function["owner"] == "carbonledger_owner", function["proname"]
        assert function["proconfig"] == ["search_path=pg_catalog, pg_temp"], function["proname"]
        expected = ["carbonledger_app", "carbonledger_owner"]
        if function["proname"] in FOR_THE_WORKER_ALONE:
            expected = ["carbonledger_owner"]
        if function["proname"] in ALSO_FOR_THE_WORKER | FOR_THE_WORKER_ALONE:
            expected.append("carbonledger_worker")
        assert function["grantees"] == expected, function["proname"]


@pytest.mark.parametrize("table", ["users", "sessions", "password_resets", "throttle_events", "operators"])
def test_the_app_role_reaches_people_by_functions_only(database: Database, table: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.tenant(1) as connection:
        connection.execute(f"select from ops.{table}".encode())


def test_members_are_those_of_the_tenant_that_the_transaction_names(database: Database) -> None:
    with database.owner() as connection:
        connection.execute("select ops.sign_up('ada@example.org', 'x', 'one', now())")
        connection.execute("select ops.sign_up('eve@example.org', 'x', 'two', now())")
    with database.tenant(2) as connection:
        assert [row["email"] for row in connection.execute("select email from ops.members_of_tenant()")] == [
            "eve@example.org"
        ]
    with database.before_tenant() as connection:
        assert connection.execute("select email from ops.members_of_tenant()").fetchall() == []

"""A period without data closes without the adjustments that waited for it: the marts have to give them to the next."""

from datetime import date, timedelta

import pytest

from core.database import Database, connect
from tests.billing.periods.closing import build_and_close, close_at
from tests.billing.periods.payer import IN_NOVEMBER, a_payer
from tests.billing.periods.stripe_mirrors import DECEMBER, NOVEMBER

pytestmark = pytest.mark.database


def test_adjustments_that_a_period_without_data_leaves_are_built_again(built_database: Database) -> None:
    payer = a_payer(built_database)
    payer.reads()
    payer.pays(NOVEMBER, DECEMBER)
    build_and_close(built_database, DECEMBER)
    build_and_close(built_database, DECEMBER + timedelta(hours=47))
    period_id = payer.periods()[0]["id"]
    with connect(built_database.urls.admin) as connection:
        connection.execute(
            "insert into marts.fct_period_usage (org_id, period_id, origin_period_id, account_id, project_id,"
            " provider, model_class, host, factor_version, usage_hash, bucket_started_at, usage_date, is_adjustment)"
            " values (%s, %s, %s, %s, %s, 'openai', 'L', 'openai', '2026.1', 'waits', now(), %s, true)",
            [payer.org_id, period_id, 0, payer.account.id, payer.tenant.project_id, IN_NOVEMBER.date()],
        )
    close_at(built_database, DECEMBER + timedelta(hours=48))
    (november,) = payer.periods()
    assert (november["state"], november["has_usage_data"]) == ("closed", False)
    assert payer.sealed(november) == []
    with built_database.worker() as connection:
        (touch,) = connection.execute(
            "select account_id, lower(days) as since, upper(days) as until, arrival_id < %s as is_before_the_seal"
            " from ops.usage_touches where org_id = %s and cause = 'seal'",
            [november["seal_arrival_id"], payer.org_id],
        ).fetchall()
    assert (touch["account_id"], touch["is_before_the_seal"]) == (payer.account.id, True)
    assert (touch["since"], touch["until"]) == (date(2026, 11, 10), date(2026, 11, 11))

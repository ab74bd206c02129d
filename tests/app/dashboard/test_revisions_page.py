"""The page of revised usage, drawn by Streamlit without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from app.accounts.principal import Principal
from app.context import ServerContext
from app.dashboard import serving
from tests.app.tenants import a_tenant
from tests.app.world import World
from tests.conftest import NOON

pytestmark = pytest.mark.database


def page() -> None:
    import streamlit as st

    from app.dashboard.views.revisions import show

    show(st.session_state["person"])


def test_what_was_revised_is_listed_after_the_connections_are_gone(
    own_built_context: ServerContext, world: World
) -> None:
    serving.begin(own_built_context)

    def drawn(org_id: int) -> str:
        script = AppTest.from_function(page)
        script.session_state["person"] = Principal(org_id, user_id=1, role="viewer")
        script.run(timeout=60)
        assert not script.exception
        return "".join(each.proto.body for each in script.get("html"))

    with own_built_context.database.worker() as connection:
        connection.execute(
            "update ops.connections set status = 'deleted', deleted_at = data_through, secret_arn = null"
        )
    assert 'data-change="revised"' in drawn(world.ada.org_id)
    assert "Nothing is read yet" in drawn(a_tenant(own_built_context.database, "New", now=NOON).org_id)

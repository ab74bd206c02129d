"""Choices that live in the address, as Streamlit sends them to the browser."""

from streamlit.testing.v1 import AppTest

from app.dashboard.address import link

NAMES = {"a": "First", "b": "Second"}


def page() -> None:
    import streamlit as st

    from app.dashboard import address
    from tests.app.dashboard.test_address import NAMES

    key = address.follow("choice", allowed=NAMES, default="a")
    picked = st.selectbox("Choice", list(NAMES), format_func=NAMES.__getitem__, key=key)
    address.keep("choice", picked, default="a")
    address.write()


def test_every_run_tells_the_browser_what_is_chosen() -> None:
    script = AppTest.from_function(page)
    script.query_params["choice"] = "b"
    for _ in range(2):
        script.run(timeout=60)
        (box,) = script.selectbox
        assert (box.proto.set_value, box.proto.raw_value, script.query_params["choice"]) == (True, "Second", "b")


def test_a_pick_goes_to_the_address_and_news_in_the_address_to_the_widget() -> None:
    script = AppTest.from_function(page).run(timeout=60)
    script.selectbox[0].select("Second").run(timeout=60)
    assert script.query_params["choice"] == "b"
    script.query_params["choice"] = "nothing of ours"
    script.run(timeout=60)
    assert (script.selectbox[0].value, dict(script.query_params)) == ("a", {})


def test_a_link_carries_whatever_an_address_has() -> None:
    assert link("/usage", path="x", sort="-tokens", page=None) == "/usage?path=x&sort=-tokens"

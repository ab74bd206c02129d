"""The dashboard as an ASGI application: Streamlit with options set here, where no file or variable outranks them."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.web import bootstrap

from app.context import ServerContext
from app.dashboard import serving
from app.dashboard.page_list import PAGES
from app.dashboard.theme import theme_options

SCRIPT = Path(__file__).with_name("main.py")


def create_dashboard(context: ServerContext) -> st.App:
    """The application; every page that it shows reads through `context`."""
    serving.begin(context)
    bootstrap.load_config_options(dict(options(context.settings.public_url)))
    return st.App(SCRIPT)


def warm_up() -> None:
    """Import what the pages need, pandas and Altair among it (about two seconds), and draw once: nobody waits for it.

    To be called once Streamlit's runtime is up: cached functions look for it when they are made.
    """
    for page in PAGES:
        import_module(page.view)
    import_module("app.dashboard.first_drawing").draw()


def options(public_url: str) -> Mapping[str, Any]:
    """Streamlit's options: nothing is sent to or loaded from elsewhere, nothing can be uploaded, no developer tools."""
    return {
        "browser.gatherUsageStats": False,
        "browser.serverAddress": urlsplit(public_url).hostname,
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.toolbarMode": "minimal",
        "global.developmentMode": False,
        "logger.level": "warning",
        "server.corsAllowedOrigins": [public_url],
        "server.enableAgentApi": False,
        "server.enableCORS": True,
        "server.enableStaticServing": False,
        "server.enableXsrfProtection": True,
        "server.fileWatcherType": "none",
        "server.headless": True,
        "server.maxMessageSize": 16,
        "server.maxUploadSize": 0,
        **theme_options(),
    }

"""What the pages read through. Streamlit calls a page without arguments, so the server leaves its context here once."""

from app.context import ServerContext

_contexts: list[ServerContext] = []


def begin(context: ServerContext) -> None:
    """Serve the pages of this process from `context`; one process serves one context."""
    _contexts[:] = [context]


def context() -> ServerContext:
    return _contexts[0]

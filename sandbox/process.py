"""A sandbox as a process: on loopback only, gone when its parent is gone, and quick to stop."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

# Linux could signal us at once (PR_SET_PDEATHSIG), but does so when the *thread* that started us ends; hence a look at
# the parent's id now and then.
_PARENT_CHECK_SECONDS = 0.2

_KEEP_ALIVE_SECONDS = 3600


def serve(app: ASGIApp, *, port: int, ready_file: Path | None, parent: int) -> None:
    """Answer on 127.0.0.1 until SIGTERM, SIGINT or the end of the process `parent`. Port 0: a free one.

    Prints `ready http://127.0.0.1:PORT` once connections are taken, and writes that URL to `ready_file` (whole: by a
    rename). Raises OSError if the port is taken.
    """
    listener = socket.create_server(("127.0.0.1", port))
    # Inherited by connections. asyncio sets it for sockets that name their protocol only, and without it each answer
    # waits 40 ms for the client's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    asyncio.run(_serve(app, listener, ready_file=ready_file, parent=parent))


async def _serve(app: ASGIApp, listener: socket.socket, *, ready_file: Path | None, parent: int) -> None:
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="critical",
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=1,
            # A connection that is closed just when its client uses it again looks like a fault that nobody ordered.
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    # The listener has a queue already: who connects from here on is answered.
    if ready_file is not None:
        unfinished = ready_file.with_name(ready_file.name + ".part")
        unfinished.write_text(url, encoding="utf-8")
        unfinished.replace(ready_file)
    sys.stdout.write(f"ready {url}\n")
    sys.stdout.flush()
    while not serving.done():
        await asyncio.wait([serving], timeout=_PARENT_CHECK_SECONDS)
        if os.getppid() != parent:
            server.should_exit = True
    await serving

"""The server as `serve` starts it, without the worker: nothing polls or builds while pages are measured.

python -m bench.dashboard PORT
"""

import sys

from app.listen import listen
from app.server import serve
from core.settings import Settings

if __name__ == "__main__":
    serve(
        Settings(),
        listening=listen("127.0.0.1", int(sys.argv[1]), may_move=False),
        surface="api and dashboard",
        with_worker=False,
    )

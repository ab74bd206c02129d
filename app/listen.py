"""The port: bound before anything is started, so that a taken port is noticed at once and stays ours."""

import errno
import socket

from core.errors import PermanentError

TRIES = 20


class PortTakenError(PermanentError):
    code = "port-taken"


def listen(host: str, port: int, *, may_move: bool) -> socket.socket:
    """A listening TCP socket on `port`, or, if that is taken and `may_move`, on the next free one of twenty.

    Port 0 is any free port. Raises PortTakenError, also for a host that is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in range(port, min(port + (TRIES if may_move else 1), 65536)):
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, candidate))
            listening.listen(1024)
        except OSError as error:
            listening.close()
            if error.errno != errno.EADDRINUSE:
                raise PortTakenError(f"Cannot listen on {host} port {candidate}: {error.strerror}.") from None
        else:
            return listening
    tried = f"Port {port} is taken" if not may_move else f"Ports {port} to {candidate} are taken"
    raise PortTakenError(f"{tried} on {host}. Stop what listens there, or choose another with --port.")

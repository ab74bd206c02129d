"""/log: the transparency log as static resources (c2sp.org/tlog-tiles), for whoever wants to replay or watch it.

No log-in and no count of tries: an answer is one short query, the same for everybody, and may be kept for ever once it
is there, so caches take the load. What is not there yet is not cached.
"""

import gzip

from fastapi import APIRouter, Request, Response

from app.api.dependencies import Context
from app.api.public_data import public_data
from core.errors import NotFoundError
from receipts.log.checkpoints import latest_checkpoint
from receipts.log.tiles import TilePath, read_tile

router = APIRouter(prefix="/log", tags=["log"])

CHECKPOINT_MAX_AGE_SECONDS = 5
TILE_MAX_AGE_SECONDS = 365 * 86_400
_BYTES = "application/octet-stream"


@router.get(
    "/checkpoint",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, 304: {"description": "No new one."}},
)
def read_checkpoint(request: Request, context: Context) -> Response:
    """The latest signed checkpoint: origin, size and root of the log, as a C2SP signed note."""
    with context.database.before_tenant() as connection:
        note = latest_checkpoint(connection)
    if note is None:
        raise NotFoundError("The log has no leaf yet.")
    return public_data(
        request,
        note.encode(),
        media_type="text/plain; charset=utf-8",
        max_age_seconds=CHECKPOINT_MAX_AGE_SECONDS,
    )


@router.get(
    "/tile/{path:path}",
    response_class=Response,
    responses={
        200: {"content": {_BYTES: {"schema": {"type": "string", "format": "binary"}}}},
        304: {"description": "The caller has it already."},
    },
)
def read_log_tile(path: str, request: Request, context: Context) -> Response:
    """A tile of hashes, `<L>/<N>[.p/<W>]`, or a bundle of entries, `entries/<N>[.p/<W>]`, as C2SP tlog-tiles says."""
    tile, content = TilePath.parse(path), None
    if tile is not None:
        with context.database.before_tenant() as connection:
            content = read_tile(connection, tile)
    if tile is None or content is None:
        raise NotFoundError("The log has no such tile.")
    response = public_data(request, content, media_type=_BYTES, max_age_seconds=TILE_MAX_AGE_SECONDS)
    response.headers["Cache-Control"] += ", immutable"
    return _compressed(request, response) if tile.level is None and response.body else response


def _compressed(request: Request, response: Response) -> Response:
    """Entries are text, and half as long so; hashes are not. The caller says if it can read gzip."""
    response.headers["Vary"] = "Accept-Encoding"
    accepted = {each.strip().partition(";")[0] for each in request.headers.get("accept-encoding", "").split(",")}
    if "gzip" not in accepted:
        return response
    headers = dict(response.headers) | {"Content-Encoding": "gzip", "ETag": "W/" + response.headers["ETag"]}
    del headers["content-length"], headers["etag"]
    return Response(gzip.compress(bytes(response.body), mtime=0), headers=headers)

"""Answers that are the same for everybody: cacheable, with an ETag, and readable by any page from elsewhere."""

import hashlib

from fastapi import Request, Response


def public_data(request: Request, content: bytes, *, media_type: str, max_age_seconds: int) -> Response:
    """The content, or 304 to who has it already."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={max_age_seconds}",
        "Access-Control-Allow-Origin": "*",
    }
    if tag in known_tags(request):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def known_tags(request: Request) -> frozenset[str]:
    """The entity tags of If-None-Match, weak ones as if they were strong: RFC 9110, section 13.1.2."""
    given = request.headers.get("if-none-match", "")
    return frozenset(tag.strip().removeprefix("W/") for tag in given.split(","))

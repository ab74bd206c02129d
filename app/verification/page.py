"""The pages of verification: HTML with its style inside, and one page with scripts of its own.

Facts -> a Jinja template in which every value is escaped -> a document. No page may load anything from elsewhere; the
one that verifies files in the browser may open no connection at all, so nothing that is dropped on it can leave it.
"""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_FOLDER = Path(__file__).parent
_STYLE = (_FOLDER / "pages" / "style.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; {{scripts}}style-src 'sha256-{_STYLE_HASH}'; connect-src 'none'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

PAGE_POLICY = _POLICY.format(scripts="")
SCRIPTED_PAGE_POLICY = _POLICY.format(scripts="script-src 'self'; ")


@cache
def scripts() -> dict[str, bytes]:
    """Name -> content of each module of the page; they name each other, so one version serves them all."""
    return {path.name: path.read_bytes() for path in sorted((_FOLDER / "static").glob("*.js"))}


@cache
def scripts_version() -> str:
    """16 hex digits over all modules: their folder's name, so that a browser never mixes two versions."""
    whole = hashlib.sha256()
    for name, content in scripts().items():
        whole.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return whole.hexdigest()[:16]


def page(template: str, **facts: object) -> str:
    """The document. A name that the template uses and that is not given is an error."""
    return _environment.get_template(template).render(**facts)


def _script_json(value: object) -> Markup:
    """JSON for a block of data: no character in it can end the block."""
    text = json.dumps(value, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - nothing is left in it that HTML would read


_environment = Environment(
    loader=FileSystemLoader(_FOLDER / "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["style"] = Markup(_STYLE)  # noqa: S704 - our own file, and the policy's hash is over these bytes
_environment.filters["script_json"] = _script_json

"""The sign-in pages: HTML that a browser shows without scripts and without anything from elsewhere.

Facts -> a Jinja template in which every value is escaped -> one document with its style inside. The policy allows that
style by its hash, and nothing else.
"""

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_FOLDER = Path(__file__).parent
_STYLE = (_FOLDER / "style.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

PAGE_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    # Not no-referrer: browsers then send `Origin: null` with our own forms. Nothing leaves the origin either way.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_environment = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_environment.globals["style"] = Markup(_STYLE)  # noqa: S704 - our own file, and the policy's hash is over these bytes


def page(template: str, **facts: object) -> str:
    """The document. A name that the template uses and that is not given is an error."""
    return _environment.get_template(template).render(**facts)

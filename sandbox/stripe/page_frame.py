"""The frame of the sandbox's pages, and their few pieces. Everything that is put in is escaped."""

from datetime import UTC, datetime
from html import escape

from starlette.responses import HTMLResponse

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:3rem auto;padding:0 1rem;color:#1a1f36}
label{display:block;margin:.75rem 0 .25rem}input,select{width:100%;box-sizing:border-box;padding:.5rem;font:inherit}
button{margin-top:1rem;padding:.6rem 1rem;font:inherit;cursor:pointer}section{border-top:1px solid #ddd;margin-top:2rem}
[role=alert]{background:#fdecea;border:1px solid #d93025;padding:.5rem .75rem}small{color:#697386}
"""


def page(title: str, *parts: str, status: int = 200) -> HTMLResponse:
    """`parts` are HTML already."""
    body = "\n".join(parts)
    note = "<small>Stripe sandbox on loopback. Only test cards work; their numbers are not kept.</small>"
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}</main><footer>{note}</footer></body></html>"
    )
    return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def alert(text: str | None) -> str:
    return f'<p role="alert">{escape(text)}</p>' if text else ""


def field(name: str, label: str, *, value: str = "", placeholder: str = "") -> str:
    return (
        f'<label for="{name}">{escape(label)}</label><input id="{name}" name="{name}" value="{escape(value)}" '
        f'placeholder="{escape(placeholder)}" autocomplete="off" required>'
    )


def card_fields() -> str:
    """The number is never filled in again after a decline."""
    return (
        field("cardNumber", "Card number", placeholder="4242 4242 4242 4242")
        + field("cardExpiry", "Expiration (MM / YY)", value="12 / 34")
        + field("cardCvc", "CVC", value="123")
    )


def form(action: str, button: str, *inputs: str) -> str:
    return f'<form method="post" action="{escape(action)}">{"".join(inputs)}<button>{escape(button)}</button></form>'


def hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def link(url: str, text: str) -> str:
    return f'<p><a href="{escape(url)}">{escape(text)}</a></p>'


def dollars(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02}"


def day(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%-d %B %Y}"


def section(title: str, *parts: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def choice(name: str, label: str, options: dict[str, str]) -> str:
    """`options`: text by value."""
    items = "".join(f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in options.items())
    return f'<label for="{name}">{escape(label)}</label><select id="{name}" name="{name}">{items}</select>'

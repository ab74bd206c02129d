"""HTML of the pages: Jinja templates in which every value is escaped, whoever wrote it."""

from pathlib import Path

import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.dashboard import instants, quantities

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(
    mass=quantities.mass,
    energy=quantities.energy,
    count=quantities.count,
    printed_mass=quantities.printed_mass,
    printed_energy=quantities.printed_energy,
    printed_count=quantities.printed_count,
    instant=instants.written_instant,
    date=instants.written_date,
)


def markup(template: str, **values: object) -> str:
    """The template's HTML. A name that the template uses and that is not given is an error."""
    return _environment.get_template(template).render(**values)


def compile_templates() -> None:
    """All of them: compiling one takes longer than filling it in."""
    for name in _environment.list_templates():
        _environment.get_template(name)


def show(template: str, **values: object) -> None:
    st.html(markup(template, **values))


def plain(text: str) -> str:
    """Text for a place where Streamlit reads Markdown: every character that Markdown gives a meaning is escaped."""
    return "".join(f"\\{character}" if character in _MARKDOWN else character for character in text)


_MARKDOWN = frozenset("\\`*_{}[]()<>#+-.!|~$:&")

"""Text of users and providers stays text."""

import re
from pathlib import Path

from app.dashboard import fragments
from app.dashboard.fragments import markup, plain

HOSTILE = '<img src=x onerror="alert(1)">'


def test_a_template_escapes_what_it_is_given() -> None:
    html = markup("note.html", tone="bad", title=HOSTILE, sentence=HOSTILE, link=None)
    assert "<img" not in html
    assert html.count("&lt;img src=x") == 2


def test_markdown_means_nothing_in_plain_text() -> None:
    assert plain("**a** [b](javascript:c) :red[d] $e$") == (r"\*\*a\*\* \[b\]\(javascript\:c\) \:red\[d\] \$e\$")


def test_no_template_turns_escaping_off() -> None:
    templates = list((Path(fragments.__file__).parent / "templates").glob("*.html"))
    assert len(templates) > 10
    assert [file.name for file in templates if re.search(r"\|\s*safe|autoescape", file.read_text())] == []

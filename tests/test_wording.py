"""What we say about emissions and credits, and what we never say, in every text that people can read.

A receipt states gross emissions, estimated, and credits apart from them. Directive (EU) 2024/825, applied since 27
September 2026, blacklists claims of a neutral, reduced or positive impact that rest on offsetting; ESRS E1 wants gross
figures without credits taken off; and a model is no measurement. So these words are refused wherever we write: string
literals of the product, pages and their scripts, mails, descriptions of marts, the papers.
"""

import ast
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from receipts.words import statement
from tests.source_tree import PRODUCT_PACKAGES, ROOT, files, name_of, python_files

BANNED = {
    "neutrality": r"\bneutral(ity|i[sz]ed?|ly)?\b",
    "net zero": r"\bnet[ -]?zero\b|\bzero[ -](carbon|emissions?|footprint|impact)\b",
    "climate positive": r"\b(climate|carbon|nature)[ -](positive|negative|friendly)\b",
    "carbon-free": r"\b(carbon|emissions?|climate|co2)[ -]?free\b|\bdecarboni[sz]",
    "offset": r"\boffset(s|ting|ted)?\b",
    "compensated": r"\bcompensat(e[sd]?|ing|ion)\b",
    "footprint gone": r"\bfootprint (is|becomes|goes|comes)( down)?( now)?( to)? (zero|nothing|nil)\b|\bcancels? out\b",
    "reduced impact": r"\b(reduc(e[sd]?|ing|tion of)|lower(s|ed|ing)?|shrinks?) (your |the |its )?"
    r"(\w+ )?(impact|emissions?|footprint)\b",
    "green AI": r"\b(green|eco|sustainable|responsible|clean)[ -](ai|usage|tokens?|models?|inference|computing)\b"
    r"|\beco-?friendly\b|\benvironmentally friendly\b|\bgo(es|ing)? green\b",
    "certified": r"\bcertif(y|ies|ied)\b",
    "net figures": r"\bnet (of credits|emissions?|footprint|figures?|total|carbon|co2e?)\b|\bminus (the )?credits\b",
    "leaf badges": "[\U0001f331\U0001f33f\U0001f340\U0001f343\u267b\U0001f30d\U0001f30e\U0001f30f]",
}

# What may be said all the same: the exact words, where, and why.
ALLOWED = {
    ("Upgrade to offset", "app/dashboard/"): "the label of the upgrade button, fixed by the product's requirements",
    ("“Upgrade to offset”", "app/demo/progress.py"): "tells where the button is",
    ("it does not reduce the emissions stated above", "receipts/words/statement.py"): "denies the claim",
    ("offset", "ingestion/providers/openrouter_usage.py"): "a parameter of OpenRouter's API",
}
_IMITATES_OTHERS = "sandbox"
_DOCSTRINGS_ARE_PUBLISHED = ("app/api/", "sdk/")

_READ_BY_PEOPLE = ("alt", "title", "aria-label", "placeholder", "content")


class _PageText(HTMLParser):
    """The words of a page: text, and attributes that are shown or read out."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.words += [value for name, value in attrs if name in _READ_BY_PEOPLE and value]


def literals_of(source: str, *, with_docstrings: bool = False) -> Iterator[str]:
    """String literals of Python source; an f-string without its values."""
    tree = ast.parse(source)
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part for part in node.values if isinstance(part, ast.Constant)]
            inside |= {id(part) for part in parts}
            yield " ".join(str(part.value) for part in parts)
        elif isinstance(node, ast.Expr) and not with_docstrings:
            inside.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value


def page_text(source: str) -> str:
    page = _PageText()
    page.feed(re.sub(r"{[{%#].*?[}%#]}", " ", source, flags=re.DOTALL))
    return " ".join(page.words)


def script_text(source: str) -> str:
    """The string literals of a page's script."""
    source = re.sub(r"/\*.*?\*/|^\s*//[^\n]*", "", source, flags=re.DOTALL | re.MULTILINE)
    return " ".join(re.findall(r"""(?:"[^"\n]*"|'[^'\n]*'|`[^`]*`)""", source))


def texts() -> Iterator[tuple[str, str]]:
    """Where, and what is said there."""
    ours = [package for package in PRODUCT_PACKAGES if package != _IMITATES_OTHERS]
    for path in [*python_files(*ours), *files(".py", under="sdk")]:
        where = name_of(path)
        for literal in literals_of(path.read_text(), with_docstrings=where.startswith(_DOCSTRINGS_ARE_PUBLISHED)):
            yield where, literal
    for package in ours:
        for path in files(".html", ".svg", under=package):
            yield name_of(path), page_text(path.read_text())
        for path in files(".js", under=package):
            yield name_of(path), script_text(path.read_text())
    for path in [*files(".yml", ".md", under="dbt_project"), *papers()]:
        yield name_of(path), path.read_text()
    yield "docs/openapi.json", json.dumps(json.loads((ROOT / "docs/openapi.json").read_text()), ensure_ascii=False)


def papers() -> list[Path]:
    """Those for people who use the product; decision records argue about words."""
    return [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *files(".md", under="sdk")]


def claims_in(text: str, *, where: str = "") -> list[str]:
    """The banned words of a text, each with its rule."""
    for phrase, folder in ALLOWED:
        if where.startswith(folder):
            text = text.replace(phrase, "")
    plain = " ".join(text.split())
    return [
        f"{rule}: …{plain[max(0, found.start() - 40) : found.end() + 40]}…"
        for rule, pattern in BANNED.items()
        for found in re.finditer(pattern, plain, flags=re.IGNORECASE)
    ]


def test_nothing_that_people_read_makes_a_claim_that_we_cannot_make() -> None:
    assert {f"{where}: {claim}" for where, text in texts() for claim in claims_in(text, where=where)} == set()


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("Your AI is now carbon neutral.", "neutrality"),
        ("On the way to net-zero", "net zero"),
        ("Climate positive since 2026", "climate positive"),
        ("carbon-free AI", "carbon-free"),
        ("Offset your usage", "offset"),
        ("All emissions are compensated.", "compensated"),
        ("Your footprint is now zero", "footprint gone"),
        ("reduced the impact of your prompts", "reduced impact"),
        ("reduces your emissions", "reduced impact"),
        ("sustainable AI for everyone", "green AI"),
        ("A certified receipt", "certified"),
        ("Net emissions: 0 g", "net figures"),
        ("Thank you \U0001f33f", "leaf badges"),
    ],
)
def test_a_planted_claim_is_found(said: str, rule: str) -> None:
    in_python = f"def f(x):\n    return f'{said} {{x}}'"
    in_a_page = f"<p class='offset'>{{% if offset %}}<span title='{said}'>so</span>{{% endif %}}</p>"
    in_a_script = f'const offset = "{said}"; // offset'
    found = ["".join(literals_of(in_python)), page_text(in_a_page), script_text(in_a_script), said.upper()]
    assert [{claim.partition(":")[0] for claim in claims_in(text)} for text in found] == [{rule}] * 4


def test_a_docstring_is_read_where_it_is_published() -> None:
    source = '"""Carbon neutral."""'
    assert list(literals_of(source)) == []
    assert list(literals_of(source, with_docstrings=True)) == ["Carbon neutral."]


def test_the_button_s_label_is_allowed_as_it_is_and_where_it_is() -> None:
    assert claims_in("Upgrade to offset", where="app/dashboard/views/overview.py") == []
    assert claims_in("Upgrade to offset", where="receipts/words/printed.py") != []
    assert claims_in("Upgrade to offset your usage.", where="app/dashboard/views/overview.py") == []
    assert claims_in("Upgrade and offset", where="app/dashboard/views/overview.py") != []


def test_nothing_is_allowed_that_nobody_says() -> None:
    said = list(texts())
    unused = [
        phrase
        for phrase, folder in ALLOWED
        if not any(phrase in text and where.startswith(folder) for where, text in said)
    ]
    assert unused == []


def test_every_kind_of_text_is_read() -> None:
    """A place that moves would else be silently unread."""
    read = {where for where, _ in texts()}
    expected = {
        "receipts/words/statement.py", "receipts/words/printed.py", "app/dashboard/templates/receipts.html",
        "app/accounts/pages/login.html", "app/dashboard/wordmark.svg", "README.md", "docs/methodology.md",
        "dbt_project/models/marts/_marts.yml", "billing/close_notices.py", "docs/openapi.json",
    }  # fmt: skip
    assert expected - read == set()


def test_a_receipt_says_that_a_contribution_takes_nothing_off() -> None:
    assert statement.CONTRIBUTION == "This is a contribution; it does not reduce the emissions stated above."

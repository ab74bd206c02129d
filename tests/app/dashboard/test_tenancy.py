"""A cache is shared by all visitors, so what is cached has to be asked for by organization."""

import ast
from pathlib import Path

DASHBOARD = Path(__file__).parents[3] / "app" / "dashboard"
CACHES = ("cache_data", "cache_resource")


def test_every_cached_function_of_streamlit_takes_org_id_first() -> None:
    cached = {
        function.name: function.args.args[0].arg
        for file in DASHBOARD.rglob("*.py")
        for function in ast.walk(ast.parse(file.read_text()))
        if isinstance(function, ast.FunctionDef)
        and any(cache in ast.unparse(decorator) for decorator in function.decorator_list for cache in CACHES)
    }
    assert cached == dict.fromkeys(
        ("summary_of", "classes_of", "trends_of", "seen_of", "coverage_of", "used_models_of"), "org_id"
    )


def test_every_fragment_asks_again_who_is_there() -> None:
    """Streamlit runs a fragment alone, without the script that has checked the session."""
    fragments = {
        function.name: "visitor()" in ast.unparse(function)
        for file in DASHBOARD.rglob("*.py")
        for function in ast.walk(ast.parse(file.read_text()))
        if isinstance(function, ast.FunctionDef)
        and any("fragment" in ast.unparse(decorator) for decorator in function.decorator_list)
    }
    assert fragments == {"show_progress": True, "wait_for_build": True, "follow": True}


def test_no_page_speaks_sql() -> None:
    speaking = [
        file.name
        for file in DASHBOARD.rglob("*.py")
        if ".execute(" in file.read_text() or "psycopg" in file.read_text()
    ]
    assert speaking == []

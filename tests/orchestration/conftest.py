"""The definitions, imported once: Dagster, dbt and sqlglot warn of themselves while they are imported."""

import warnings

import dagster as dg
import pytest


@pytest.fixture(scope="session")
def defs() -> dg.Definitions:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from orchestration.definitions import defs

        return defs

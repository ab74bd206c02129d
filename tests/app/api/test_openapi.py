"""The OpenAPI document: the committed copy is the one that is served, and every operation says how it refuses."""

from pathlib import Path

import httpx
import pytest

from app.api.application import document_of_checkout
from app.api.connection_bodies import NewConnection
from app.api.openapi import as_text, operations
from app.api.problems import MEDIA_TYPE
from app.api.telemetry_answers import SummaryBody

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"
RENEW = "renew it: python -m app.api.openapi > docs/openapi.json"


def test_the_committed_copy_is_this_checkouts() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == as_text(document_of_checkout()), RENEW


@pytest.mark.database
def test_the_document_is_served(api: httpx.Client) -> None:
    assert api.get("/openapi.json").json() == document_of_checkout()


@pytest.mark.database
def test_the_reference_page_shows_every_operation_without_scripts(api: httpx.Client) -> None:
    page = api.get("/docs").text
    for method, path, operation in operations(document_of_checkout()):
        assert f"<code>{method.upper()} {path}</code>" in page
        for parameter in operation.get("parameters", ()):
            assert f"<code>{parameter['name']}</code>" in page
    assert "<script" not in page
    assert "https://" not in page


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations(document_of_checkout())]
    assert len(set(names)) == len(names)


def test_every_operation_documents_its_refusals_as_problems() -> None:
    for method, path, operation in operations(document_of_checkout()):
        refusals = {
            status for status, answer in operation["responses"].items() if MEDIA_TYPE in answer.get("content", {})
        }
        expected = {"default"}
        if path.startswith("/v1/"):
            expected |= {"401", "403"}
            assert operation["security"] == [{"api_key": []}, {"session": []}]
        if "{" in path:
            expected.add("404")
        if "requestBody" in operation:
            expected |= {"400", "413", "422"}
        assert expected <= refusals, f"{method} {path}"


def test_the_documents_examples_are_valid() -> None:
    schemas = document_of_checkout()["components"]["schemas"]
    (new,) = schemas["NewConnection"]["examples"]
    assert NewConnection.model_validate(new).label == "Production"
    (answer,) = schemas["SummaryBody"]["examples"]
    example = SummaryBody.model_validate(answer)
    assert example.totals.co2e_grams == example.data[0].co2e_grams


def test_keys_go_in_and_never_out() -> None:
    document = document_of_checkout()
    for _method, _path, operation in operations(document):
        for answer in operation["responses"].values():
            for content in answer.get("content", {}).values():
                name = content["schema"].get("$ref", "").rpartition("/")[2]
                assert "api_key" not in document["components"]["schemas"].get(name, {}).get("properties", {})

"""The PDF as a file: the same bytes each time, built as PDF/A-3B, with the signed receipt inside.

No PDF/A validator is to be had where this was written, so these tests look at what the format asks for; they are not a
finding of conformance.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO

import pikepdf
import pypdf
import pytest
from carbonledger.verify import verify_pdf, verify_receipt

from tests.receipts.pdf.receipts_to_print import printed, receipt_like_most
from tests.receipts.samples import Sample
from tests.source_tree import ROOT

PRINT_ELSEWHERE = """
import sys
from hashlib import sha256
from tests.receipts.pdf.receipts_to_print import printed, receipt_like_most
sys.stdout.write(sha256(printed(receipt_like_most(legalName="Zoë 中山 شركة"))).hexdigest())
"""


@pytest.fixture(scope="module")
def sample() -> Sample:
    return receipt_like_most()


@pytest.fixture(scope="module")
def pdf(sample: Sample) -> bytes:
    return printed(sample)


@pytest.fixture(scope="module")
def opened(pdf: bytes) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(BytesIO(pdf)) as document:
        yield document


def test_what_is_printed_here_is_a_receipt_that_verifies(sample: Sample) -> None:
    assert verify_receipt(sample.receipt, proof=sample.proof, trust=sample.trust).is_valid


def test_the_pdf_alone_is_enough_to_verify_it(sample: Sample, pdf: bytes) -> None:
    report = verify_pdf(pdf, trust=sample.trust)
    assert report.is_valid
    assert report.sha256 == sha256(sample.receipt).hexdigest()


@pytest.mark.parametrize(("zone", "seed"), [("Pacific/Kiritimati", "1"), ("America/Los_Angeles", "2")])
def test_another_process_in_another_time_zone_prints_the_same_bytes(zone: str, seed: str) -> None:
    here = sha256(printed(receipt_like_most(legalName="Zoë 中山 شركة"))).hexdigest()
    environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": "C"}
    elsewhere = subprocess.run(
        [sys.executable, "-W", "error", "-c", PRINT_ELSEWHERE],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )
    assert elsewhere.stdout.decode() == here


def test_the_receipt_and_its_proof_are_inside_byte_for_byte(sample: Sample, pdf: bytes, opened: pikepdf.Pdf) -> None:
    attached = {name: content[0] for name, content in pypdf.PdfReader(BytesIO(pdf)).attachments.items()}
    assert attached == {"receipt.json": sample.receipt, "receipt.tlog-proof": sample.proof}
    by_another_reader = {name: opened.attachments[name].get_file().read_bytes() for name in opened.attachments}
    assert by_another_reader == attached


def test_attachments_are_associated_files_of_the_document(opened: pikepdf.Pdf) -> None:
    associated = {str(file.UF): file for file in opened.Root.AF}
    assert {name: str(file.AFRelationship) for name, file in associated.items()} == {
        "receipt.json": "/Source",
        "receipt.tlog-proof": "/Data",
    }
    streams = {name: file.EF.F for name, file in associated.items()}
    assert {name: str(stream.Subtype) for name, stream in streams.items()} == {
        "receipt.json": "/application/json",
        "receipt.tlog-proof": "/text/plain",
    }
    assert {str(stream.Params.ModDate) for stream in streams.values()} == {"D:20261103101500Z"}


def test_metadata_calls_it_pdf_a_3b_and_has_the_time_of_the_close(opened: pikepdf.Pdf) -> None:
    xmp = opened.open_metadata()
    serial = re.escape("Carbon receipt CLT-2026-10-")
    assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("3", "B")
    assert re.match(serial, str(xmp["dc:title"]))
    assert {xmp["xmp:CreateDate"], xmp["xmp:ModifyDate"], xmp["xmp:MetadataDate"]} == {"2026-11-03T10:15:00Z"}
    assert "/Info" not in opened.trailer  # no second place that could say something else


def test_colours_have_a_profile(opened: pikepdf.Pdf) -> None:
    (intent,) = opened.Root.OutputIntents
    assert (str(intent.S), str(intent.OutputConditionIdentifier)) == ("/GTS_PDFA1", "sRGB")
    profile = intent.DestOutputProfile
    assert int(profile.N) == 3
    assert profile.read_bytes()[36:40] == b"acsp"


def test_every_font_is_inside(opened: pikepdf.Pdf) -> None:
    fonts = {name: font for page in opened.pages for name, font in page.Resources.Font.items()}
    described = [descendant.FontDescriptor for font in fonts.values() for descendant in font.DescendantFonts]
    assert len(described) == 3
    assert all(len(descriptor.FontFile2.read_bytes()) > 1000 for descriptor in described)
    assert all("/ToUnicode" in font for font in fonts.values())


def test_nothing_in_it_acts(opened: pikepdf.Pdf) -> None:
    """No script, no form, no action but links to web pages."""
    bare = b"\n".join(found.unparse(resolved=True) for found in opened.objects)
    actions = re.findall(
        rb"/(JavaScript|JS|Launch|SubmitForm|ImportData|GoToR|GoToE|Named|Rendition|RichMedia)\b", bare
    )
    assert actions == []
    assert isinstance(opened.Root.OpenAction, pikepdf.Array)  # how much of the page to show, no action
    assert {"/AA", "/AcroForm"}.isdisjoint(opened.Root.keys())
    assert not opened.is_encrypted
    assert "/JavaScript" not in opened.Root.Names
    for page in opened.pages:
        for annotation in page.get("/Annots", []):
            assert str(annotation.Subtype) == "/Link"
            assert int(annotation.F) & 4  # is printed, which PDF/A asks of every annotation
            assert str(annotation.A.URI).startswith("https://")


def test_the_file_s_id_comes_from_the_receipt(sample: Sample, opened: pikepdf.Pdf) -> None:
    expected = sha256(sample.receipt).digest()[:16]
    assert [bytes(half) for half in opened.trailer.ID] == [expected, expected]

"""One bit turned in any byte of a receipt, of its log proof and checkpoint, or of the files in a PDF is found out."""

from collections.abc import Iterator

import pytest
from carbonledger.verify import VerificationError, verify_pdf, verify_receipt
from carbonledger.verify.pdf import embedded_files

from receipts.pdf.render import render
from tests.receipts.samples import sample_receipt

SAMPLE = sample_receipt()
OURS = {"receipt.json": SAMPLE.receipt, "receipt.tlog-proof": SAMPLE.proof}
QUARTERS = 4  # so that the processes of a test run share the work


def flipped(data: bytes, *, start: int = 0, end: int | None = None, every: int = 1) -> Iterator[tuple[int, bytes]]:
    """(place, data with one bit of that byte turned); which bit goes with the place."""
    for place in range(start, len(data) if end is None else end, every):
        yield place, data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :]


@pytest.mark.parametrize("start", range(QUARTERS))
def test_every_byte_of_a_receipt_counts(start: int) -> None:
    """To a reader without a log proof already: format, schema, key and signature are enough."""
    reports = {
        place: verify_receipt(receipt, trust=SAMPLE.trust)
        for place, receipt in flipped(SAMPLE.receipt, start=start, every=QUARTERS)
    }
    assert len(reports) == len(SAMPLE.receipt[start::QUARTERS])
    assert [place for place, report in reports.items() if report.is_valid or report.is_incomplete] == []


def test_the_log_knows_no_turned_byte() -> None:
    reports = [
        verify_receipt(receipt, proof=SAMPLE.proof, trust=SAMPLE.trust)
        for _, receipt in flipped(SAMPLE.receipt, every=29)
    ]
    assert {report.outcome("inclusion") for report in reports} == {"failed", "not_checked"}


def test_every_byte_of_a_log_proof_counts() -> None:
    passed = [
        place
        for place, proof in flipped(SAMPLE.proof)
        if verify_receipt(SAMPLE.receipt, proof=proof, trust=SAMPLE.trust).is_valid
    ]
    assert passed == []


def test_every_cut_end_of_a_log_proof_is_missed() -> None:
    assert not any(
        verify_receipt(SAMPLE.receipt, proof=SAMPLE.proof[:length], trust=SAMPLE.trust).is_valid
        for length in range(len(SAMPLE.proof))
    )


@pytest.fixture(scope="module")
def printed() -> bytes:
    url = "https://receipts.carbonledger.example/verify/CLT-2026-10-0WFKN6E5-V"
    return render(SAMPLE.receipt, SAMPLE.proof, verify_url=url)


def yields_another_receipt(pdf: bytes) -> bool:
    """Whether a valid receipt is read from it that is not ours. What can be turned without harm is the page."""
    try:
        files = embedded_files(pdf)
    except VerificationError:
        return False
    if files == OURS:
        return False
    report = verify_receipt(files.get("receipt.json", b""), proof=files.get("receipt.tlog-proof"), trust=SAMPLE.trust)
    return report.is_valid


def test_a_pdf_whose_bytes_are_turned_never_yields_another_receipt(printed: bytes) -> None:
    assert embedded_files(printed) == OURS
    assert not any(yields_another_receipt(pdf) for _, pdf in flipped(printed, every=61))


def test_every_part_of_the_files_in_a_pdf_counts(printed: bytes) -> None:
    """The packing's own checksum may be what is turned: then the file in it is still ours."""
    spans = list(embedded_streams(printed))
    assert len(spans) == 2
    for start, end in spans:
        assert not any(yields_another_receipt(pdf) for _, pdf in flipped(printed, start=start, end=end, every=7))


def embedded_streams(pdf: bytes) -> Iterator[tuple[int, int]]:
    """From where to where the two files lie in it, as they are packed."""
    place = 0
    while (place := pdf.find(b"/Type /EmbeddedFile", place)) >= 0:
        start = pdf.index(b"stream", place)
        place = pdf.index(b"endstream", start)
        yield start + len(b"stream\n"), place


def test_the_printed_receipt_is_valid(printed: bytes) -> None:
    assert verify_pdf(printed, trust=SAMPLE.trust).is_valid

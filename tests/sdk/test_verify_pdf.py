"""A PDF is believed for the one receipt that it embeds; where there could be two, for none."""

from io import BytesIO

import pypdf
import pytest
from carbonledger.verify import VerificationError, verify_pdf
from carbonledger.verify.pdf import embedded_files
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from tests.receipts.samples import sample_receipt

SAMPLE = sample_receipt()
OTHER = sample_receipt(legalName="Somebody Else AG")


def a_pdf(*files: tuple[str, bytes]) -> pypdf.PdfWriter:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(width=100, height=100)
    for name, data in files:
        writer.add_attachment(name, data)
    return writer


def written(writer: pypdf.PdfWriter) -> bytes:
    stream = BytesIO()
    writer.write(stream)
    return stream.getvalue()


BOTH = (("receipt.json", SAMPLE.receipt), ("receipt.tlog-proof", SAMPLE.proof))


def test_the_receipt_and_the_proof_inside_are_verified() -> None:
    report = verify_pdf(written(a_pdf(*BOTH)), trust=SAMPLE.trust)
    assert report.is_valid
    assert report.receipt == SAMPLE.document


def test_a_proof_that_is_given_goes_before_the_one_inside() -> None:
    assert not verify_pdf(written(a_pdf(*BOTH)), trust=SAMPLE.trust, proof=OTHER.proof).is_valid
    assert verify_pdf(written(a_pdf(BOTH[0])), trust=SAMPLE.trust, proof=SAMPLE.proof).is_valid


def test_without_a_proof_the_receipt_is_incomplete() -> None:
    assert verify_pdf(written(a_pdf(BOTH[0])), trust=SAMPLE.trust).is_incomplete


def test_other_files_beside_are_no_matter() -> None:
    files = embedded_files(written(a_pdf(*BOTH, ("invoice.xml", b"<invoice/>"))))
    assert files == {"receipt.json": SAMPLE.receipt, "receipt.tlog-proof": SAMPLE.proof, "invoice.xml": b"<invoice/>"}


@pytest.mark.parametrize("files", [(), (BOTH[1],), (("Receipt.json", SAMPLE.receipt),)])
def test_a_pdf_without_a_receipt_has_none(files: tuple[tuple[str, bytes], ...]) -> None:
    with pytest.raises(VerificationError, match="no receipt in it"):
        verify_pdf(written(a_pdf(*files)), trust=SAMPLE.trust)


def test_two_receipts_are_none() -> None:
    pdf = written(a_pdf(*BOTH, ("receipt.json", OTHER.receipt)))
    with pytest.raises(VerificationError, match="same name"):
        verify_pdf(pdf, trust=SAMPLE.trust)


def specification(writer: pypdf.PdfWriter, place: int) -> DictionaryObject:
    names = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"]  # type: ignore[index] # pypdf's objects are untyped
    found = names[2 * place + 1].get_object()
    assert isinstance(found, DictionaryObject)
    return found


def test_a_file_with_two_names_is_refused() -> None:
    writer = a_pdf(*BOTH, ("invoice.xml", OTHER.receipt))
    for place in range(3):
        if str(specification(writer, place)["/F"]) == "invoice.xml":
            specification(writer, place)[NameObject("/UF")] = TextStringObject("receipt.json")
    with pytest.raises(VerificationError, match="two names"):
        verify_pdf(written(writer), trust=SAMPLE.trust)


def test_a_file_with_two_contents_is_refused() -> None:
    writer = a_pdf(*BOTH, ("invoice.xml", OTHER.receipt))
    streams = {str(specification(writer, place)["/F"]): specification(writer, place)["/EF"] for place in range(3)}
    ours, others = streams["receipt.json"], streams["invoice.xml"]
    assert isinstance(ours, DictionaryObject)
    assert isinstance(others, DictionaryObject)
    ours[NameObject("/UF")] = others.raw_get("/F")
    with pytest.raises(VerificationError, match="two contents"):
        verify_pdf(written(writer), trust=SAMPLE.trust)


def test_a_tree_of_names_that_is_its_own_branch_is_not_followed_for_ever() -> None:
    writer = a_pdf(*BOTH)
    names = writer.root_object["/Names"]
    assert isinstance(names, DictionaryObject)
    tree = names["/EmbeddedFiles"]
    assert isinstance(tree, DictionaryObject)
    tree[NameObject("/Kids")] = ArrayObject([names.raw_get("/EmbeddedFiles")] * 3)
    with pytest.raises(VerificationError, match="too many files"):
        verify_pdf(written(writer), trust=SAMPLE.trust)


def test_a_file_larger_than_any_receipt_is_refused() -> None:
    with pytest.raises(VerificationError, match="larger than 1048576 bytes"):
        verify_pdf(written(a_pdf(*BOTH, ("film.mp4", b"\0" * (1024 * 1024 + 1)))), trust=SAMPLE.trust)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"x" * 2000, SAMPLE.receipt])
def test_what_is_no_pdf_is_refused(data: bytes) -> None:
    with pytest.raises(VerificationError, match="cannot be read as a PDF"):
        verify_pdf(data, trust=SAMPLE.trust)

"""What the library needs to be there, and what it tells who lacks it."""

import subprocess
import sys
from pathlib import Path

import carbonledger
import pytest
from carbonledger.cli import _EXIT_CODES

from tests.receipts.samples import sample_receipt
from tests.sdk.vectors import VECTORS

README = Path(__file__).parents[2] / "sdk" / "python" / "README.md"
PACKAGE = Path(carbonledger.__file__).parent


def answer_of(program: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True, env={}).stdout


def test_verifying_loads_pynacl_and_rfc8785_and_nothing_else() -> None:
    loaded = answer_of(
        "import sys, carbonledger.verify, carbonledger.cli\n"
        "files = {name: getattr(module, '__file__', None) or '' for name, module in sys.modules.items()}\n"
        "print(*{name.partition('.')[0] for name, file in files.items() if 'site-packages' in file})"
    )
    assert {name for name in loaded.split() if not name.startswith("_")} <= {"nacl", "rfc8785", "cffi"}


def test_without_pypdf_a_pdf_cannot_be_checked_and_everything_else_can() -> None:
    said = answer_of(
        "import sys; sys.modules['pypdf'] = None\n"
        "from carbonledger.verify import CannotCheckError\n"
        "from carbonledger.verify.pdf import embedded_files\n"
        "try:\n    embedded_files(b'')\nexcept CannotCheckError as error:\n    print(error)"
    )
    assert said == "To read PDFs, install carbonledger[pdf].\n"


@pytest.mark.parametrize("name", ["py.typed", "verify/receipt-1.schema.json"])
def test_files_that_are_no_code_lie_in_the_package(name: str) -> None:
    assert (PACKAGE / name).is_file()


def test_the_readme_names_every_exit_code_as_the_command_does() -> None:
    for line in _EXIT_CODES.splitlines()[1:]:
        code, meaning = line.split(maxsplit=1)
        assert f"| {code} | {meaning} |" in README.read_text()


def test_the_readmes_program_runs(tmp_path: Path) -> None:
    sample = sample_receipt()
    (tmp_path / "key-history.json").write_bytes(sample.key_history)
    (tmp_path / "receipt.json").write_bytes(sample.receipt)
    (tmp_path / "receipt.tlog-proof").write_bytes(sample.proof)
    (tmp_path / "usage.jsonl").write_bytes(sample.usage)
    programs = [block.partition("```")[0] for block in README.read_text().split("```python\n")[1:]]
    assert len(programs) == 2
    subprocess.run([sys.executable, "-c", "\n".join(programs)], cwd=tmp_path, check=True, env={})


def test_the_vectors_have_their_licences_beside_them() -> None:
    for folder, licence in {"jcs-rfc8785": "LICENSE", "wycheproof": "LICENSE", "vc-di-eddsa": "LICENSE.md"}.items():
        assert (VECTORS / folder / licence).is_file()

"""Lock files say which packages are needed, and not where they come from."""

from pathlib import Path
from typing import Final

import pytest

_ROOT: Final = Path(__file__).parents[2]
_LOCK_FILES: Final = [
    *sorted(_ROOT.glob("requirements/*.txt")),
    _ROOT / "dev/benchmarks/node/package-lock.json",
    _ROOT / "tests/clients/package-lock.json",
]


@pytest.mark.parametrize("path", _LOCK_FILES, ids=lambda path: str(path.relative_to(_ROOT)))
def test_a_lock_file_has_hashes_and_no_addresses(path: Path) -> None:
    text = path.read_text()
    assert "sha256:" in text or "sha512-" in text
    assert "://" not in text

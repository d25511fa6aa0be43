"""The systemd units."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

_UNITS: Final = Path(__file__).parents[1] / "ops" / "systemd"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
@pytest.mark.parametrize("name", ["invotify.service", "invotify-worker.service"])
def test_systemd_accepts_the_unit(name: str, tmp_path: Path) -> None:
    unit = tmp_path / name
    text = (_UNITS / name).read_text(encoding="utf-8")
    unit.write_text(text.replace("/opt/invotify/bin/invotify", sys.executable), encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert [line for line in verified.stderr.splitlines() if name in line] == []
    assert verified.returncode == 0

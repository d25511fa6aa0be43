"""Objects in a file, so that a sandbox that starts again still has its payments.

Idempotency keys and armed faults are forgotten.
"""

import json
from pathlib import Path

from dev.stripe_sandbox.state import Sandbox


def save(sandbox: Sandbox, path: Path) -> None:
    """Write all objects to a file, which is always a whole one."""
    kept = {
        "ahead": sandbox.clock.ahead,
        "links": sandbox.links,
        "rows": list(sandbox.store.rows()),
    }
    written = path.with_name(f"{path.name}.new")
    written.write_text(json.dumps(kept))
    written.replace(path)


def load(sandbox: Sandbox, path: Path) -> None:
    """Take objects from a file, if there is one, and send the events that nobody has heard."""
    if not path.exists():
        return
    kept = json.loads(path.read_text())
    sandbox.clock.advance(kept["ahead"])
    sandbox.links.update(kept["links"])
    for account, found in kept["rows"]:
        sandbox.store.add(account, found)
        if found["object"] == "event" and found["pending_webhooks"]:
            sandbox.webhooks.resend(found)

"""The state file, so that a sandbox still has its payments after a restart.

Idempotency keys and armed faults are not kept.
"""

import json
from pathlib import Path

from dev.stripe_sandbox.state import Sandbox


def save(sandbox: Sandbox, path: Path) -> None:
    """Write all objects to a file, which is replaced atomically."""
    state = {
        "ahead": sandbox.clock.ahead,
        "links": sandbox.links,
        "rows": list(sandbox.store.rows()),
    }
    new_file = path.with_name(f"{path.name}.new")
    new_file.write_text(json.dumps(state))
    new_file.replace(path)


def load(sandbox: Sandbox, path: Path) -> None:
    """Read objects from a file, if it exists, and resend events that were not delivered."""
    if not path.exists():
        return
    state = json.loads(path.read_text())
    sandbox.clock.advance(state["ahead"])
    sandbox.links.update(state["links"])
    for account, item in state["rows"]:
        sandbox.store.add(account, item)
        if item["object"] == "event" and item["pending_webhooks"]:
            sandbox.webhooks.resend(item)

"""Run the sandbox alone: `python -m dev.stripe_sandbox --webhook-url http://127.0.0.1:8000/webhooks/stripe`."""

import argparse
from pathlib import Path
from typing import Final

import uvicorn

from dev.stripe_sandbox.app import create_sandbox
from dev.stripe_sandbox.settings import SandboxSettings, SeedAccount

_DEFAULTS: Final = SandboxSettings()


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser("sandbox", description="A stand-in for Stripe.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--base-url", help="what the URLs of its pages begin with")
    parser.add_argument("--key", default=_DEFAULTS.secret_key, help="the API key it lets in")
    parser.add_argument("--webhook-url", help="whom it tells what happens")
    parser.add_argument("--webhook-secret", default=_DEFAULTS.webhook_secret)
    parser.add_argument(
        "--account",
        action="append",
        default=[],
        metavar="ID[=NAME]",
        help="an account that takes payments; may be given again",
    )
    parser.add_argument("--state-file", type=Path, help="where payments are kept")
    said = parser.parse_args()
    settings = SandboxSettings(
        secret_key=said.key,
        base_url=(said.base_url or f"http://{said.host}:{said.port}").rstrip("/"),
        webhook_url=said.webhook_url,
        webhook_secret=said.webhook_secret,
        accounts=tuple(_account(account) for account in said.account),
        state_file=said.state_file,
    )
    uvicorn.run(create_sandbox(settings), host=said.host, port=said.port, log_level="warning")


def _account(said: str) -> SeedAccount:
    id_, _, name = said.partition("=")
    return SeedAccount(id_, name or id_)


if __name__ == "__main__":
    main()

"""Run the sandbox on its own: `python -m dev.stripe_sandbox --help`."""

import argparse
from pathlib import Path
from typing import Final

import uvicorn

from dev.stripe_sandbox.app import create_sandbox
from dev.stripe_sandbox.settings import SandboxSettings, SeedAccount

_DEFAULTS: Final = SandboxSettings()


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser("stripe_sandbox", description="A stand-in for Stripe.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--base-url", help="the start of its pages' URLs, if not host and port")
    parser.add_argument("--key", default=_DEFAULTS.secret_key, help="the API key it accepts")
    parser.add_argument("--webhook-url", help="where it sends events")
    parser.add_argument("--webhook-secret", default=_DEFAULTS.webhook_secret)
    parser.add_argument(
        "--account",
        action="append",
        default=[],
        metavar="ID[=NAME]",
        help="an account that accepts payments; can be repeated",
    )
    parser.add_argument("--state-file", type=Path, help="keeps payments across restarts")
    arguments = parser.parse_args()
    base_url = arguments.base_url or f"http://{arguments.host}:{arguments.port}"
    settings = SandboxSettings(
        secret_key=arguments.key,
        base_url=base_url.rstrip("/"),
        webhook_url=arguments.webhook_url,
        webhook_secret=arguments.webhook_secret,
        accounts=tuple(_seed_account(argument) for argument in arguments.account),
        state_file=arguments.state_file,
    )
    app = create_sandbox(settings)
    uvicorn.run(app, host=arguments.host, port=arguments.port, log_level="warning")


def _seed_account(argument: str) -> SeedAccount:
    id_, _, name = argument.partition("=")
    return SeedAccount(id=id_, name=name or id_)


if __name__ == "__main__":
    main()

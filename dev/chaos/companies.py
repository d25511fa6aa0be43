"""Creates a company for each name that it reads, without the start of a command each time."""

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Final

from tortoise import Tortoise

from auth.secrets import Passwords
from db.connections import tortoise_config
from dev.chaos.stripe import ACCOUNT
from models import Plan
from services.company.companies import create_company

PASSWORD: Final = "a-heavy-Brass-kettle-41"


@dataclass
class CompanyMaker:
    """A process that creates companies."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, database_url: str) -> "CompanyMaker":
        """Start it."""
        return cls(
            subprocess.Popen(
                [sys.executable, "-m", "dev.chaos.companies"],
                env={"PATH": os.environ["PATH"], "DATABASE_URL": database_url},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )

    def create(self, name: str) -> tuple[str, str]:
        """Return the id and an API key of a new company that takes payments online."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(name, file=self.process.stdin, flush=True)
        company_id, api_key = json.loads(self.process.stdout.readline())
        return company_id, api_key

    def stop(self) -> None:
        """Stop it."""
        self.process.kill()
        with self.process:
            pass


async def _create(name: str, password_hash: str) -> tuple[str, str]:
    await Tortoise.init(config=tortoise_config(os.environ["DATABASE_URL"]))
    try:
        created = await create_company(
            name,
            f"{name}@example.com",
            password_hash,
            plan=Plan.PRO,
            currency="EUR",
            stripe_account=ACCOUNT,
        )
    finally:
        await Tortoise.close_connections()
    return str(created.company_id), created.api_key


def main() -> None:
    """Print the id and the API key of a company for each line of the input."""
    password_hash = asyncio.run(Passwords().hash(PASSWORD))
    for line in sys.stdin:
        print(json.dumps(asyncio.run(_create(line.strip(), password_hash))), flush=True)


if __name__ == "__main__":
    main()

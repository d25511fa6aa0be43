"""The folder that stands in for a mail server: one .eml file per message."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from integrations.mail.errors import Unreachable
from integrations.mail.transports import HandOver, Session


@dataclass(frozen=True, slots=True)
class Outbox:
    """Writes messages to `folder`. A message has one file, however often it is written."""

    folder: Path

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[Session, None]:
        """Yield the folder itself."""
        yield self

    async def carry(self, message: EmailMessage, hand_over: HandOver) -> str:
        """Write `message`, and return where. Raises Unreachable if that can't be done."""
        await hand_over()
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        path = self.folder / f"{name}.eml"
        try:
            await asyncio.to_thread(self._write, path, message.as_bytes())
        except OSError as fault:
            answer = f"{path} can't be written: {fault.strerror}"
            raise Unreachable(answer) from fault
        return f"Written to {path}"

    def _write(self, path: Path, content: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Under another name first: whoever looks into the folder sees whole messages only.
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(content)
        unfinished.replace(path)

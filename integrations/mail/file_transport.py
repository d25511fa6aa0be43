"""The transports without a mail server: a folder with one .eml file per message, or nothing."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from integrations.mail.errors import MailServerUnreachable
from integrations.mail.transports import BeforeDelivery, MailConnection


@dataclass(frozen=True, slots=True)
class FileTransport:
    """Writes messages to `folder`. Writing a message again replaces its file."""

    folder: Path

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[MailConnection, None]:
        """Yield the folder itself."""
        yield self

    async def send(
        self, message: EmailMessage, recipient: str, before_delivery: BeforeDelivery
    ) -> str:
        """Write `message` and return where. Raises MailServerUnreachable if that fails."""
        del recipient
        await before_delivery()
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        path = self.folder / f"{name}.eml"
        try:
            await asyncio.to_thread(self._write, path, message.as_bytes())
        except OSError as fault:
            detail = f"{path} can't be written: {fault.strerror}"
            raise MailServerUnreachable(detail) from fault
        return f"Written to {path}"

    def _write(self, path: Path, content: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Under another name first, so that the folder never shows an incomplete message.
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(content)
        unfinished.replace(path)


class NoTransport:
    """Sends nothing."""

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[MailConnection, None]:
        """Yield itself."""
        yield self

    async def send(
        self, message: EmailMessage, recipient: str, before_delivery: BeforeDelivery
    ) -> str:
        """Raise MailServerUnreachable."""
        del message, recipient, before_delivery
        raise MailServerUnreachable("There is no mail server: SMTP_URL is unset.")

"""Sending over SMTP and to a folder, and the errors: deferred, rejected or unconfirmed."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from email.message import EmailMessage
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest
from aiosmtplib import SMTP

from integrations.mail.errors import (
    DeliveryDeferred,
    DeliveryFailed,
    DeliveryRejected,
    DeliveryUnconfirmed,
    MailServerUnreachable,
)
from integrations.mail.file_transport import FileTransport, NoTransport
from integrations.mail.smtp import SmtpTransport, _printable
from integrations.mail.transports import Transport
from services.email.delivery_worker import make_transport
from settings import Environment, Settings
from tests.support.mailbox import HANG_UP, Mailbox, text_of
from tests.support.mailbox import mailbox as running_mailbox
from tests.support.servers import free_port

ADA: Final = "ada@example.com"
TEXT: Final = ".\n..\nAfter two lines of points, żółć.\n"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """Yield a mail server for this test alone."""
    with running_mailbox() as mailbox:
        yield mailbox


def message_to(address: str) -> EmailMessage:
    """Return a small message."""
    message = EmailMessage()
    message["From"] = "billing@portal.example"
    message["To"] = address
    message["Message-ID"] = f"<{uuid4()}@portal.example>"
    message.set_content(TEXT)
    return message


class BeforeSending:
    """A callback that counts its calls, and stops the delivery if it should `fail`."""

    def __init__(self, *, fail: bool = False) -> None:
        self.calls = 0
        self.fail = fail

    async def __call__(self) -> None:
        """Count the call."""
        self.calls += 1
        if self.fail:
            raise LookupError


async def send(
    transport: Transport, *addresses: str, before_sending: BeforeSending | None = None
) -> list[str]:
    """Send a small message to each address over one connection; return the responses or errors."""
    before_sending, results = before_sending or BeforeSending(), []
    async with transport.connection() as connection:
        for address in addresses:
            try:
                results.append(await connection.send(message_to(address), address, before_sending))
            except DeliveryFailed as failure:
                results.append(f"{type(failure).__name__}: {failure.detail}")
    return results


def smtp(url: str) -> SmtpTransport:
    """Return the transport for a mail server."""
    return SmtpTransport(url, "portal.example")


# --- over SMTP ------------------------------------------------------------------------------------


async def test_several_messages_use_one_connection(box: Mailbox) -> None:
    addresses = [f"{n}@example.com" for n in range(3)]
    assert await send(smtp(box.url), *addresses) == ["250 Kept"] * 3
    assert [text_of(box.only(address)) for address in addresses] == [TEXT] * 3


async def test_a_rejection_keeps_the_connection_usable(box: Mailbox) -> None:
    box.on_recipient[ADA].extend(["550 Nobody here", "450 Greylisted"])
    box.on_data[ADA].extend(["554 Spam", "451 Busy"])
    before_sending = BeforeSending()
    results = await send(smtp(box.url), *[ADA] * 5, before_sending=before_sending)
    assert results == [
        "DeliveryRejected: 550 Nobody here",
        "DeliveryDeferred: 450 Greylisted",
        "DeliveryRejected: 554 Spam",
        "DeliveryDeferred: 451 Busy",
        "250 Kept",
    ]
    assert before_sending.calls == 3
    box.only(ADA)


async def test_an_error_before_delivery_stops_it(box: Mailbox) -> None:
    with pytest.raises(LookupError):
        await send(smtp(box.url), ADA, before_sending=BeforeSending(fail=True))
    assert not box.arrived


async def test_a_missing_server_is_unreachable() -> None:
    before_sending = BeforeSending()
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(
            smtp(f"smtp://127.0.0.1:{free_port()}").connection()
        )
        with pytest.raises(MailServerUnreachable, match="connect"):
            await connection.send(message_to(ADA), ADA, before_sending)
    assert before_sending.calls == 0


async def test_a_dropped_message_does_not_block_others(box: Mailbox) -> None:
    box.on_recipient[ADA].extend(["421 Too fast", HANG_UP])
    first, second, third = await send(smtp(box.url), *[ADA] * 3)
    assert first == "DeliveryDeferred: 421 Too fast"
    assert second.startswith("DeliveryDeferred:")
    assert third == "250 Kept"


async def test_a_server_that_always_hangs_up_is_unreachable(box: Mailbox) -> None:
    box.on_recipient[ADA].extend([HANG_UP] * 3)
    results = await send(smtp(box.url), *[ADA] * 4)
    assert [result.partition(":")[0] for result in results] == [
        "DeliveryDeferred",
        "DeliveryDeferred",
        "MailServerUnreachable",
        "250 Kept",
    ]


@pytest.mark.parametrize("response", ["530 Authenticate first", "535 No", "538 Encrypt first"])
async def test_a_refused_login_is_unreachable_not_rejected(box: Mailbox, response: str) -> None:
    box.on_recipient[ADA].append(response)
    assert await send(smtp(box.url), ADA, ADA) == [f"MailServerUnreachable: {response}", "250 Kept"]


@pytest.mark.parametrize("response", ["252 Maybe", "250 " + "x" * 20_000, "what?"])
async def test_an_ambiguous_response_is_unconfirmed(box: Mailbox, response: str) -> None:
    box.on_data[ADA].append(response)
    [result] = await send(smtp(box.url), ADA)
    assert result.startswith("DeliveryUnconfirmed:")


def test_any_server_response_becomes_printable_text() -> None:
    # aiosmtplib returns bytes that aren't valid UTF-8 as lone surrogates.
    assert _printable("550 refus\udce9\x00") == "550 refus\ufffd\ufffd"


async def test_a_missing_response_is_unconfirmed(box: Mailbox) -> None:
    box.on_data[ADA].append(HANG_UP)
    before_sending = BeforeSending()
    first, second = await send(smtp(box.url), ADA, ADA, before_sending=before_sending)
    assert first.startswith("DeliveryUnconfirmed:")
    assert second == "250 Kept"
    assert before_sending.calls == 2


async def test_passwords_need_tls_to_other_machines() -> None:
    remote = smtp("smtp://ada:secret@mail.example:587")._client()
    assert remote._start_tls_on_connect is True
    local = smtp("smtp://ada:se%40cret@127.0.0.1:25")._client()
    assert local._start_tls_on_connect is None
    assert local._login_password == "se@cret"
    assert smtp("smtps://mail.example")._client().use_tls is True


async def test_a_wrong_password_is_unreachable_not_rejected(box: Mailbox) -> None:
    # The server doesn't accept passwords without TLS.
    [result] = await send(smtp(box.url.replace("//", "//ada:secret@")), ADA)
    assert result.startswith("MailServerUnreachable:")
    assert not box.arrived


async def test_a_non_ascii_address_uses_smtputf8(box: Mailbox) -> None:
    address = "żółć@example.com"
    assert await send(smtp(box.url), address) == ["250 Kept"]
    assert text_of(box.only(address)) == TEXT


async def test_smtputf8_is_used_only_if_it_is_offered(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SMTP, "supports_extension", lambda *_: False)
    [result] = await send(smtp(box.url), "żółć@example.com")
    assert result.startswith("DeliveryRejected: The mail server can't send to addresses with")
    message = message_to(ADA)
    message["Reply-To"] = "büro@example.com"
    async with smtp(box.url).connection() as connection:
        assert await connection.send(message, ADA, BeforeSending()) == "250 Kept"
    assert box.only(ADA)["Reply-To"] is None


# --- to a folder ----------------------------------------------------------------------------------


async def test_the_folder_gets_one_complete_file_per_message(tmp_path: Path) -> None:
    folder, message = tmp_path / "outbox", message_to(ADA)
    async with FileTransport(folder).connection() as connection:
        results = [await connection.send(message, ADA, BeforeSending()) for _ in range(2)]
    [file] = folder.iterdir()
    assert results == [f"Written to {file}"] * 2
    assert file.read_bytes() == message.as_bytes()


async def test_without_a_mail_server_nothing_is_sent_in_production() -> None:
    production = Settings(environment=Environment.PRODUCTION, secret_key="0123456789abcdef" * 2)
    transport = make_transport(production)
    assert isinstance(transport, NoTransport)
    [result] = await send(transport, ADA)
    assert result == "MailServerUnreachable: There is no mail server: SMTP_URL is unset."
    assert isinstance(make_transport(Settings()), FileTransport)


async def test_an_unwritable_folder_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "outbox").touch()
    [result] = await send(FileTransport(tmp_path / "outbox"), ADA)
    assert result.startswith("MailServerUnreachable:")


def test_the_errors_form_a_tree() -> None:
    assert issubclass(MailServerUnreachable, DeliveryDeferred)
    assert not issubclass(DeliveryRejected, DeliveryDeferred)
    assert not issubclass(DeliveryUnconfirmed, DeliveryDeferred)

"""How messages are carried; which failures leave a mail undelivered, and which leave a doubt."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from email.message import EmailMessage
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from integrations.mail.errors import (
    DeliveryDeferred,
    DeliveryFailed,
    DeliveryRejected,
    DeliveryUnconfirmed,
    MailServerUnreachable,
)
from integrations.mail.file_transport import FileTransport
from integrations.mail.smtp import SmtpTransport, _printable
from integrations.mail.transports import Transport
from tests.support.mailbox import HANG_UP, Mailbox, text_of
from tests.support.mailbox import mailbox as running_mailbox
from tests.support.servers import free_port

ADA: Final = "ada@example.com"
TEXT: Final = ".\n..\nAfter two lines of points, żółć.\n"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """Yield a mail server of this test's own."""
    with running_mailbox() as found:
        yield found


def message_to(address: str) -> EmailMessage:
    """Return a small message."""
    message = EmailMessage()
    message["From"], message["To"] = "billing@portal.example", address
    message["Message-ID"] = f"<{uuid4()}@portal.example>"
    message.set_content(TEXT)
    return message


class Hands:
    """Counts the messages that were about to be handed over; may drop them."""

    def __init__(self, *, drop: bool = False) -> None:
        self.count = 0
        self.drop = drop

    async def __call__(self) -> None:
        """Count it."""
        self.count += 1
        if self.drop:
            raise LookupError


async def send(transport: Transport, *addresses: str, hands: Hands | None = None) -> list[str]:
    """Return the answers for a small message to each address, over one connection."""
    hands, answers = hands or Hands(), []
    async with transport.connection() as connection:
        for address in addresses:
            try:
                answers.append(await connection.send(message_to(address), hands))
            except DeliveryFailed as failure:
                answers.append(f"{type(failure).__name__}: {failure.detail}")
    return answers


def server(url: str) -> SmtpTransport:
    """Return the mail server there."""
    return SmtpTransport(url, "portal.example")


# --- over SMTP ------------------------------------------------------------------------------------


async def test_several_messages_use_one_connection(box: Mailbox) -> None:
    addresses = [f"{n}@example.com" for n in range(3)]
    assert await send(server(box.url), *addresses) == ["250 Kept"] * 3
    assert [text_of(box.only(address)) for address in addresses] == [TEXT] * 3


async def test_a_rejection_keeps_the_connection_usable(box: Mailbox) -> None:
    box.on_recipient[ADA].extend(["550 Nobody here", "450 Greylisted"])
    box.on_data[ADA].extend(["554 Spam", "451 Busy"])
    hands = Hands()
    answers = await send(server(box.url), *[ADA] * 5, hands=hands)
    assert answers == [
        "DeliveryRejected: 550 Nobody here",
        "DeliveryDeferred: 450 Greylisted",
        "DeliveryRejected: 554 Spam",
        "DeliveryDeferred: 451 Busy",
        "250 Kept",
    ]
    assert hands.count == 3
    box.only(ADA)


async def test_an_error_before_delivery_stops_it(box: Mailbox) -> None:
    with pytest.raises(LookupError):
        await send(server(box.url), ADA, hands=Hands(drop=True))
    assert not box.arrived


async def test_a_missing_server_is_unreachable() -> None:
    hands = Hands()
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(
            server(f"smtp://127.0.0.1:{free_port()}").connection()
        )
        with pytest.raises(MailServerUnreachable, match="connect"):
            await connection.send(message_to(ADA), hands)
    assert hands.count == 0


async def test_a_dropped_message_does_not_block_others(box: Mailbox) -> None:
    box.on_recipient[ADA].extend(["421 Too fast", HANG_UP])
    first, second, third = await send(server(box.url), *[ADA] * 3)
    assert first == "DeliveryDeferred: 421 Too fast"
    assert second.startswith("DeliveryDeferred:")
    assert third == "250 Kept"


async def test_a_server_that_always_hangs_up_is_unreachable(box: Mailbox) -> None:
    box.on_recipient[ADA].extend([HANG_UP] * 3)
    answers = await send(server(box.url), *[ADA] * 4)
    assert [answer.partition(":")[0] for answer in answers] == [
        "DeliveryDeferred",
        "DeliveryDeferred",
        "MailServerUnreachable",
        "250 Kept",
    ]


@pytest.mark.parametrize("answer", ["530 Authenticate first", "535 No", "538 Encrypt first"])
async def test_a_refused_login_is_unreachable_not_rejected(box: Mailbox, answer: str) -> None:
    box.on_recipient[ADA].append(answer)
    assert await send(server(box.url), ADA, ADA) == [f"MailServerUnreachable: {answer}", "250 Kept"]


@pytest.mark.parametrize("answer", ["252 Maybe", "250 " + "x" * 20_000, "what?"])
async def test_an_ambiguous_response_is_unconfirmed(box: Mailbox, answer: str) -> None:
    box.on_data[ADA].append(answer)
    [said] = await send(server(box.url), ADA)
    assert said.startswith("DeliveryUnconfirmed:")


def test_any_server_response_becomes_printable_text() -> None:
    # aiosmtplib hands bytes that are no UTF-8 on as lone surrogates.
    assert _printable("550 refus\udce9\x00") == "550 refus\ufffd\ufffd"


async def test_a_missing_response_is_unconfirmed(box: Mailbox) -> None:
    box.on_data[ADA].append(HANG_UP)
    hands = Hands()
    first, second = await send(server(box.url), ADA, ADA, hands=hands)
    assert first.startswith("DeliveryUnconfirmed:")
    assert second == "250 Kept"
    assert hands.count == 2


async def test_passwords_need_tls_to_other_machines() -> None:
    elsewhere = server("smtp://ada:secret@mail.example:587")._client()
    assert elsewhere._start_tls_on_connect is True
    here = server("smtp://ada:se%40cret@127.0.0.1:25")._client()
    assert here._start_tls_on_connect is None
    assert here._login_password == "se@cret"
    assert server("smtps://mail.example")._client().use_tls is True


async def test_a_wrong_password_is_unreachable_not_rejected(box: Mailbox) -> None:
    # The server takes no password without TLS.
    [answer] = await send(server(box.url.replace("//", "//ada:secret@")), ADA)
    assert answer.startswith("MailServerUnreachable:")
    assert not box.arrived


async def test_a_non_ascii_address_uses_smtputf8(box: Mailbox) -> None:
    address = "żółć@example.com"
    assert await send(server(box.url), address) == ["250 Kept"]
    assert text_of(box.only(address)) == TEXT


# --- into the folder ------------------------------------------------------------------------------


async def test_the_folder_gets_one_complete_file_per_message(tmp_path: Path) -> None:
    folder, message = tmp_path / "outbox", message_to(ADA)
    async with FileTransport(folder).connection() as connection:
        answers = [await connection.send(message, Hands()) for _ in range(2)]
    [file] = folder.iterdir()
    assert answers == [f"Written to {file}"] * 2
    assert file.read_bytes() == message.as_bytes()


async def test_an_unwritable_folder_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "outbox").touch()
    [answer] = await send(FileTransport(tmp_path / "outbox"), ADA)
    assert answer.startswith("MailServerUnreachable:")


def test_the_errors_form_a_tree() -> None:
    assert issubclass(MailServerUnreachable, DeliveryDeferred)
    assert not issubclass(DeliveryRejected, DeliveryDeferred)
    assert not issubclass(DeliveryUnconfirmed, DeliveryDeferred)

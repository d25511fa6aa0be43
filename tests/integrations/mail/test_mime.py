"""The MIME message of an e-mail: headers, text and HTML."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from html import unescape
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banking.references import payment_reference
from banking.transfers import BankTransfer
from core.colors import readable_on
from i18n.documents import Row
from integrations.mail.contents import (
    Attachment,
    Business,
    EmailBody,
    EmailContent,
    Headline,
    Link,
    LogoImage,
    Section,
)
from integrations.mail.mime import compose
from models import Company, MailCategory
from tests.support.mailbox import html_of, text_of

EMAIL_ID = UUID("3f2b8c1e-9d4a-4f6b-8a7c-1e2d3c4b5a69")
COMPANY_ID = UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
TRANSFER = BankTransfer(
    account_holder="Halden & Brandt",
    iban="DE89370400440532013000",
    bic="COBADEFFXXX",
    reference=payment_reference("INV-7", "DE"),
)
LINK: Final = "https://portal.example/invoice/t?source=email"
PREFERENCES: Final = "https://portal.example/preferences/p"
BODY: Final = EmailBody(
    subject="Invoice INV-7 from Halden & Brandt",
    preheader="€100.00, due December 24, 2026.",
    headline=Headline(heading="Invoice INV-7", amount="€100.00", state="Due <soon>"),
    greeting="Hello Ada,",
    message="With <thanks>\nand greetings.\n\n\nInes",
    sections=[
        Section(
            button=Link("Pay €100.00", f"{LINK}#pay"),
            links=[Link("See invoice", LINK)],
            facts=[Row("Your order number", "<4500>")],
            rows=[Row("Tiles & more", "€84.03"), Row("VAT 19% on €84.03", "€15.97")],
            total=Row("Total", "€100.00"),
            after_total=[Row("Amount paid", "€50.00")],
            notes=["Reverse charge"],
        )
    ],
    closing="Just reply.",
    reason="You get this because …",
)


def email(**changes: Any) -> EmailContent:
    """Return an e-mail, with changes to its fields, its body or its company."""
    company = {
        "id": COMPANY_ID,
        "name": "Halden & Brandt",
        "email": "hello@halden.example",
        "language": "en",
    }
    parts: dict[str, Any] = {
        "id": EMAIL_ID,
        "category": MailCategory.DOCUMENT,
        "is_automatic": False,
        "recipient": "ada@example.com",
        "language": "en",
        "logo": None,
        "preferences_url": PREFERENCES,
        "unsubscribe_url": "https://portal.example/unsubscribe/p/document",
    }
    body = {name: change for name, change in changes.items() if name in EmailBody.__slots__}
    company |= {name: changes[name] for name in ("name", "email", "accent_color") & changes.keys()}
    fields = changes.keys() & set(EmailContent.__slots__)
    sender = Company(**company)
    return EmailContent(
        **parts | {name: changes[name] for name in fields},
        company=sender,
        business=Business.of(sender, sender.seller, "en"),
        body=replace(BODY, **body),
    )


def with_transfer(transfer: BankTransfer, **changes: Any) -> EmailMessage:
    """Return the message of an e-mail with a bank account."""
    return message_of(email(sections=[Section(transfer=transfer)], **changes))


def message_of(content: EmailContent) -> EmailMessage:
    """Return the e-mail's message as the recipient's program reads it."""
    raw = compose(content, "billing@portal.example", NOW).as_bytes()
    return message_from_bytes(raw, policy=default)


def test_headers_name_the_sender_and_how_to_unsubscribe() -> None:
    message = message_of(email())
    headers = {name: str(value) for name, value in message.items() if name != "Content-Type"}
    assert headers == {
        "From": "Halden & Brandt <billing@portal.example>",
        "To": "ada@example.com",
        "Reply-To": "Halden & Brandt <hello@halden.example>",
        "Date": "Mon, 30 Nov 2026 12:00:00 +0000",
        "Message-ID": "<0e774befeb9881eaf20232e8aaba860e@portal.example>",
        "Subject": "Invoice INV-7 from Halden & Brandt",
        "List-Id": "<documents.14b4deb864f7f0371727d86b52cffca7.portal.example>",
        "List-Unsubscribe": "<https://portal.example/unsubscribe/p/document>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "MIME-Version": "1.0",
    }


def test_only_what_no_person_sent_says_that_it_is_automatic() -> None:
    assert message_of(email(is_automatic=True))["Auto-Submitted"] == "auto-generated"
    assert message_of(email(is_automatic=False))["Auto-Submitted"] is None


def test_no_internal_id_leaves() -> None:
    raw = compose(email(), "billing@portal.example", NOW).as_string()
    for row_id in (EMAIL_ID, COMPANY_ID):
        assert str(row_id) not in raw
        assert row_id.hex not in raw


def test_machine_readable_headers_are_not_encoded() -> None:
    token = f"{EMAIL_ID}" * 3
    url = f"https://portal.example/unsubscribe/{token}/document"
    sender = "billing@a-rather-long-name-of-a-relay.mail.portal.example"
    lines = compose(email(unsubscribe_url=url), sender, NOW).as_bytes().split(b"\r\n")
    assert f"List-Unsubscribe: <{url}>".encode() in lines
    domain = sender.partition("@")[2]
    assert f"List-Id: <documents.14b4deb864f7f0371727d86b52cffca7.{domain}>".encode() in lines


_INJECTION = "=?utf-8?q?x=0d=0aBcc:=20victim=40example.com=0d=0a=0d=0a<h1>?="


@pytest.mark.parametrize("subject", [_INJECTION, f"Rechnung Ä {_INJECTION}"])
def test_subjects_cannot_inject_headers(subject: str) -> None:
    message = message_of(email(subject=subject))
    assert message.keys() == message_of(email()).keys()
    assert message["Bcc"] is None
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    "subject",
    [
        "Facture INV-00008 de Société d'Électricité Générale",
        "Zakład Ślusarski Błażej Żółkiewski",
        "a ä  b ü " * 20,
        "فاتورة DN-2055 من دار النخيل للطباعة",
        "請求書 INV-7 株式会社さくら精機製作所東京営業本部第三課御中様各位株式会社さくら精機製作所",
        "😀" * 60,
        "An ASCII subject, " * 12,
    ],
)
def test_a_subject_keeps_its_spaces_in_words_of_legal_length(subject: str) -> None:
    raw = compose(email(subject=subject), "billing@portal.example", NOW).as_bytes()
    [header] = re.findall(rb"^Subject: (.*(?:\r\n .*)*)", raw, re.MULTILINE)
    words = re.findall(r"=\?utf-8\?[qb]\?[^?]*\?=", header.decode("ascii"))
    assert all(len(word) <= 75 for word in words)
    assert all(len(line) <= 78 for line in (b"Subject: " + header).split(b"\r\n"))
    # Two readers, of which one decodes no header itself.
    unfolded = message_from_bytes(raw)["Subject"].replace("\r\n", "")
    assert str(make_header(decode_header(unfolded))).strip() == subject.strip()
    assert message_from_bytes(raw, policy=default)["Subject"].strip() == subject.strip()


def test_a_business_name_cannot_inject_headers() -> None:
    content = email()
    content.company.name = _INJECTION
    message = message_of(content)
    assert message.keys() == message_of(email()).keys()
    assert len(message["From"].addresses) == 1


@pytest.mark.parametrize(
    "name",
    [
        '"ceo@bank.com" <ceo@bank.com>, ' + "x" * 75,
        "Big Company With A Rather Long Name Of Many Words, Limited (Somewhere) & Sons, Ltd",
        'A "quoted" \\ name',
        "Œuvres de l'Île-de-France, Société coopérative à responsabilité limitée et variable",
        "株式会社さくら精機製作所東京営業本部第三課御中様各位株式会社さくら精機製作所",
        "شركة الخليج للتصميم الهندسي والاستشارات المعمارية المحدودة",
        "😀" * 60,
        "=?utf-8?q?PayPal?=",
    ],
)
def test_a_business_name_stays_one_mailbox(name: str) -> None:
    content = email()
    content.company.name = name
    raw = compose(content, "billing@portal.example", NOW).as_bytes()
    assert max(map(len, raw.split(b"\r\n"))) < 998
    # Parsed without the default policy, which leaves spaces between encoded words.
    message = message_from_bytes(raw)
    for header, address in (
        ("From", "billing@portal.example"),
        ("Reply-To", "hello@halden.example"),
    ):
        [(encoded, mailbox)] = getaddresses([message[header]])
        decoded = str(make_header(decode_header(encoded)))
        assert (decoded.replace("\N{WORD JOINER}", ""), mailbox) == (name, address)


def test_a_business_domain_is_encoded_for_dns() -> None:
    assert message_of(email(email="info@münchen.de"))["Reply-To"].addresses[0].domain == (
        "xn--mnchen-3ya.de"
    )


def test_a_message_is_seven_bit() -> None:
    assert (
        compose(email(message="Grüße é 株式", subject="Grüße"), "a@b.cc", NOW).as_bytes().isascii()
    )


def test_non_ascii_addresses_are_kept() -> None:
    message = compose(
        email(recipient="müller@example.com", email="büro@example.com"), "a@b.cc", NOW
    )
    assert message["To"].addresses[0].addr_spec == "müller@example.com"
    assert message["Reply-To"].addresses[0].addr_spec == "büro@example.com"


def test_each_category_has_its_own_list_id() -> None:
    lists = [
        str(message_of(email(category=category))["List-Id"]).partition(".")[0]
        for category in MailCategory
    ]
    assert lists == ["<documents", "<reminders", "<announcements"]


def test_what_cannot_be_turned_off_has_no_list() -> None:
    message = message_of(email(category=None, preferences_url=None, unsubscribe_url=None))
    assert [message["List-Id"], message["List-Unsubscribe"]] == [None, None]
    assert "preferences" not in text_of(message) + html_of(message)


def test_without_a_business_address_there_is_no_reply_to() -> None:
    assert message_of(email(email=None))["Reply-To"] is None


def test_text_and_html_say_the_same() -> None:
    message = message_of(email())
    text, html = text_of(message), unescape(html_of(message))
    words = [row.text for row in (*BODY.sections[0].facts, *BODY.sections[0].rows)]
    for word in [
        *words,
        "Hello Ada,",
        "Invoice INV-7",
        "Due <soon>",
        "With <thanks>",
        "Just reply.",
    ]:
        assert word in text, word
        assert word in html, word
    for link in (f"{LINK}#pay", LINK, PREFERENCES):
        assert link in text.splitlines()
        assert f'href="{link}"' in html


def test_paragraphs_and_line_breaks_need_no_styles() -> None:
    html = html_of(message_of(email()))
    paragraphs = re.findall(r'<p dir="auto" class="k"[^>]*>(.*?)</p>', html)
    assert paragraphs == ["With &lt;thanks&gt;<br>and greetings.", "Ines"]


def test_the_account_is_in_text_and_html() -> None:
    message = with_transfer(TRANSFER)
    lines = text_of(message).splitlines()
    start = lines.index("Bank transfer:")
    assert lines[start - 1 : start + 6] == [
        "",
        "Bank transfer:",
        "Account holder: Halden & Brandt",
        "IBAN: DE89 3704 0044 0532 0130 00",
        "BIC: COBADEFFXXX",
        "Reference: RF79 INV7",
        "",
    ]
    html = html_of(message)
    assert '<span dir="ltr">DE89 3704 0044 0532 0130 00</span>' in html
    assert '<span dir="auto">Halden &amp; Brandt</span></td>' in html


def test_a_reference_keeps_its_order_in_right_to_left_text() -> None:
    reference = payment_reference("7", "CH4431999123000889012")
    transfer = BankTransfer(account_holder="A", iban="CH4431999123000889012", reference=reference)
    message = with_transfer(transfer, language="ar")
    assert f"\N{LEFT-TO-RIGHT MARK}{reference.formatted}\n" in text_of(message)
    assert f'<span dir="ltr">{reference.formatted}</span>' in html_of(message)


def test_account_lines_are_escaped_and_keep_their_lines() -> None:
    transfer = BankTransfer(
        account_holder="<b>",
        account_lines=("Routing <1>", "Account 2"),
        reference=payment_reference("INV-7", None),
    )
    message = with_transfer(transfer)
    assert "Routing <1>\nAccount 2\nReference: INV-7\n" in text_of(message)
    assert "Routing &lt;1&gt;<br>Account 2" in html_of(message)


def test_html_is_readable_without_images_and_by_screen_readers() -> None:
    html = html_of(message_of(email(logo=LogoImage("https://halden.example/logo.png", 30, 30))))
    assert '<img src="https://halden.example/logo.png" width="30" height="30" alt=""' in html
    assert ">Halden &amp; Brandt</td>" in html
    assert '<html lang="en" dir="ltr"' in html
    assert html.count("<table") == html.count('<table role="presentation"') > 0


def test_a_wide_logo_stands_for_the_name() -> None:
    html = html_of(message_of(email(logo=LogoImage("https://halden.example/logo.png", 90, 30))))
    assert 'width="90" height="30" alt="Halden &amp; Brandt"' in html
    assert ">Halden &amp; Brandt</td>" not in html


@pytest.mark.parametrize(
    ("stored", "shown"),
    [((600, 60), (180, 18)), ((200, 200), (36, 36)), ((20, 10), (20, 10)), ((600, 1), (180, 1))],
)
def test_a_logo_keeps_its_proportions(stored: tuple[int, int], shown: tuple[int, int]) -> None:
    html = html_of(message_of(email(logo=LogoImage("https://a.example/l.png", *stored))))
    assert f'width="{shown[0]}" height="{shown[1]}"' in html


def test_the_business_s_colour_is_on_the_button() -> None:
    html = html_of(message_of(email(accent_color="#ffe066")))
    cell, link = re.findall(r'<td align="center" (bgcolor="#ffe066"[^>]*)><a ([^>]*)>', html)[0]
    assert "padding:13px 20px;background:#ffe066" in cell
    assert "color:#111827" in link
    assert "padding" not in link


@pytest.mark.parametrize(
    ("color", "text"),
    [
        ("#000000", "#ffffff"),
        ("#ffffff", "#111827"),
        ("#1d4ed8", "#ffffff"),
        ("#facc15", "#111827"),
        ("#0f766e", "#ffffff"),
    ],
)
def test_text_on_the_brand_colour_is_legible(color: str, text: str) -> None:
    assert readable_on(color) == text


def test_right_to_left_languages_set_the_direction() -> None:
    html = html_of(message_of(email(language="ar")))
    for element in ("html", "body", "table"):
        tags = re.findall(rf"<{element} [^>]*>", html.replace("<!--[if mso]><table", ""))
        assert all('dir="rtl"' in tag for tag in tags), element
    # Webmail drops the two outer elements.
    assert re.search(r'<table [^>]*lang="ar" dir="rtl"', html)


def test_an_attachment_comes_with_its_name() -> None:
    file = Attachment("Rechnung Ä 7.pdf", "application/pdf", b"%PDF-1.7")
    [attached] = message_of(email(attachments=(file,))).iter_attachments()
    assert attached.get_filename() == "Rechnung Ä 7.pdf"
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content() == b"%PDF-1.7"


@pytest.mark.parametrize(
    "name", ["Rechnung Ä 7.pdf", 'a"b\\c.pdf', "請求書" * 20 + ".pdf", "7.pdf"]
)
def test_programs_that_do_not_know_rfc_2231_read_the_name_too(name: str) -> None:
    raw = compose(email(attachments=(Attachment(name, "application/pdf", b""),)), "a@b.cc", NOW)
    lines = raw.as_bytes().split(b"\r\n")
    assert max(map(len, lines)) <= 998
    [*_, part] = message_from_bytes(raw.as_bytes()).walk()
    [named] = re.findall(r'name="(.*)"$', part["Content-Type"], re.DOTALL)
    assert str(make_header(decode_header(named.replace("\\", "")))) == name.replace("\\", "")


_texts = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1)


@given(name=_texts, number=_texts, message=_texts)
def test_any_text_gives_a_valid_message(name: str, number: str, message: str) -> None:
    company, number, text = f"x{name}"[:200], f"x{number}"[:64], f"x{message}"
    composed = message_of(email(name=company, subject=number, message=text))
    assert composed.defects == []
    assert [part.get_content_type() for part in composed.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert text.strip() in text_of(composed)
    assert not re.search(r"[\r\n]", str(composed["Subject"]))


def test_copies_are_named_in_lines_of_legal_length() -> None:
    copies = tuple(f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 50}{n}.example" for n in range(10))
    content = email(addressee="grace@example.com", copies=copies)
    lines = compose(content, "billing@portal.example", NOW).as_bytes().split(b"\r\n")
    assert max(map(len, lines)) <= 998
    message = message_of(content)
    assert message["To"] == "grace@example.com"
    assert [address.addr_spec for address in message["Cc"].addresses] == list(copies)


def test_each_e_mail_has_its_own_message_id() -> None:
    assert message_of(email())["Message-ID"] != message_of(email(id=uuid4()))["Message-ID"]

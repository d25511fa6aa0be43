"""The MIME message of an e-mail: headers, text and HTML."""

import re
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from html import unescape
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banking.references import payment_reference
from banking.transfers import BankTransfer
from core.colors import readable_on
from i18n.documents import DocumentView, Row
from integrations.mail.contents import Attachment, Business, EmailContent
from integrations.mail.mime import compose
from models import Company, MailKind
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
VIEW: Final = DocumentView(
    tax_name="VAT",
    lines=(),
    subtotals=(Row("Subtotal", "€84.03"), Row("VAT 19% on €84.03", "€15.97")),
    total="€100.00",
    included_taxes=(),
    tax_reasons=(),
    references=(Row("Your order number", "<4500>"),),
)
VALUES: dict[MailKind, dict[str, Any]] = {
    MailKind.INVOICE: {
        "name": "Ada",
        "number": "INV-7",
        "link": "https://portal.example/invoice/t?source=email",
        "pay_link": None,
        "amount_due": "€100.00",
        "due_date": date(2026, 12, 24),
        "transfer": None,
        "message": "With thanks",
        "view": VIEW,
        "paid": None,
    },
    MailKind.REMINDER: {
        "name": "Ada",
        "number": "INV-7",
        "link": "https://portal.example/invoice/t?source=email",
        "pay_link": None,
        "amount_due": "€100.00",
        "due_date": date(2026, 11, 23),
        "days_overdue": 7,
        "transfer": None,
    },
    MailKind.QUOTE: {
        "name": "Ada",
        "number": "Q-7",
        "link": "https://portal.example/quote/t?source=email",
        "total": "€100.00",
        "valid_until": date(2026, 12, 24),
        "message": "With thanks",
        "view": VIEW,
    },
    MailKind.CREDIT_NOTE: {
        "name": "Ada",
        "number": "CN-7",
        "link": "https://portal.example/credit-note/t?source=email",
        "total": "€100.00",
        "corrects": "Corrects invoice INV-7",
        "reason": "Broken tiles",
        "message": "With thanks",
        "view": VIEW,
    },
    MailKind.ANNOUNCEMENT: {
        "subject": "We're moving",
        "body": "To a larger office.\nCome and see it.",
        "link": "https://portal.example/portal/t?source=email",
    },
    MailKind.NOTICE: {
        "subject": "Something has changed",
        "body": "Ada changed something.\nDo you know about this?",
        "link": "https://portal.example/dashboard",
        "link_label": "Open the dashboard",
    },
}
LINKS = {"link", "preferences_url"}
PREFERENCES = "https://portal.example/preferences/p"


def email(kind: MailKind = MailKind.INVOICE, **changes: Any) -> EmailContent:
    """Return an e-mail, with changes to its fields, its values or its company."""
    company = {
        "id": COMPANY_ID,
        "name": "Halden & Brandt",
        "email": "hello@halden.example",
        "language": "en",
    }
    values = dict(VALUES[kind])
    parts: dict[str, Any] = {
        "recipient": "ada@example.com",
        "language": "en",
        "logo_url": None,
        "attachments": (),
        "addressee": None,
        "copies": (),
    }
    for name, change in changes.items():
        target = next((target for target in (parts, values) if name in target), company)
        target[name] = change
    if kind is MailKind.REMINDER:
        values["invoices"] = [SimpleNamespace(**values)]
    sender = Company(**company)
    return EmailContent(
        id=EMAIL_ID,
        kind=kind,
        company=sender,
        business=Business.of(sender, sender.seller, "en"),
        preferences_url=None if kind is MailKind.NOTICE else PREFERENCES,
        unsubscribe_url="https://portal.example/unsubscribe/p/document",
        values=values,
        **parts,
    )


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
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    }


@pytest.mark.parametrize("kind", list(MailKind))
def test_no_internal_id_leaves(kind: MailKind) -> None:
    raw = compose(email(kind), "billing@portal.example", NOW).as_string()
    for row_id in (EMAIL_ID, COMPANY_ID):
        assert str(row_id) not in raw
        assert row_id.hex not in raw


def test_machine_readable_headers_are_not_encoded() -> None:
    token = f"{EMAIL_ID}" * 3
    urls = {"unsubscribe_url": f"https://portal.example/unsubscribe/{token}/document"}
    content = email()
    parts = {name: getattr(content, name) for name in EmailContent.__slots__} | urls
    sender = "billing@a-rather-long-name-of-a-relay.mail.portal.example"
    lines = compose(EmailContent(**parts), sender, NOW).as_bytes().split(b"\r\n")
    assert f"List-Unsubscribe: <{urls['unsubscribe_url']}>".encode() in lines
    domain = sender.partition("@")[2]
    assert f"List-Id: <documents.14b4deb864f7f0371727d86b52cffca7.{domain}>".encode() in lines


_INJECTION = "=?utf-8?q?x=0d=0aBcc:=20victim=40example.com=0d=0a=0d=0a<h1>?="


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (MailKind.INVOICE, {"number": _INJECTION}),
        (MailKind.INVOICE, {"name": _INJECTION}),
        (MailKind.QUOTE, {"number": _INJECTION}),
        (MailKind.REMINDER, {"number": _INJECTION}),
        (MailKind.ANNOUNCEMENT, {"subject": _INJECTION}),
    ],
)
def test_subjects_cannot_inject_headers(kind: MailKind, change: dict[str, Any]) -> None:
    usual = message_of(email(kind))
    message = message_of(email(kind, **change))
    assert message.keys() == usual.keys()
    assert message["Bcc"] is None
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]


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
    assert compose(email(message="Grüße é 株式"), "a@b.cc", NOW).as_bytes().isascii()


def test_non_ascii_addresses_are_kept() -> None:
    message = compose(
        email(recipient="müller@example.com", email="büro@example.com"), "a@b.cc", NOW
    )
    assert message["To"].addresses[0].addr_spec == "müller@example.com"
    assert message["Reply-To"].addresses[0].addr_spec == "büro@example.com"


def test_each_category_has_its_own_list_id() -> None:
    lists = [
        str(message_of(email(kind))["List-Id"]).partition(".")[0]
        for kind in MailKind
        if kind.category
    ]
    assert lists == ["<documents"] * 3 + ["<reminders", "<announcements"]


def test_without_a_business_address_there_is_no_reply_to() -> None:
    assert message_of(email(email=None))["Reply-To"] is None


@pytest.mark.parametrize("kind", list(MailKind))
def test_text_and_html_say_the_same(kind: MailKind) -> None:
    message = message_of(email(kind))
    text, html = text_of(message), html_of(message)
    values = VALUES[kind]
    for name in {"number", "amount_due", "total", "message", "link"} & set(values):
        assert values[name] in text, name
        assert values[name] in html, name
    links = [values["link"], *([] if kind is MailKind.NOTICE else [PREFERENCES])]
    assert ("preferences" in text + html) is (PREFERENCES in links)
    for link in links:
        assert link in text.splitlines()
        assert f'href="{link}"' in html
    assert "Halden & Brandt" in text
    assert "Halden &amp; Brandt" in html


def test_a_notice_to_staff_has_no_list_and_cannot_be_turned_off() -> None:
    message = message_of(email(MailKind.NOTICE))
    assert [message["List-Id"], message["List-Unsubscribe"]] == [None, None]
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("kind", [MailKind.INVOICE, MailKind.REMINDER])
def test_the_account_is_in_text_and_html(kind: MailKind) -> None:
    message = message_of(email(kind, transfer=TRANSFER))
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
    assert '<bdi dir="ltr">DE89 3704 0044 0532 0130 00</bdi>' in html
    assert "Halden &amp; Brandt</td>" in html


def test_a_reference_keeps_its_order_in_right_to_left_text() -> None:
    reference = payment_reference("7", "CH4431999123000889012")
    transfer = BankTransfer(account_holder="A", iban="CH4431999123000889012", reference=reference)
    message = message_of(email(transfer=transfer, language="ar"))
    assert f"\N{LEFT-TO-RIGHT MARK}{reference.formatted}\n" in text_of(message)
    assert f'<bdi dir="ltr">{reference.formatted}</bdi>' in html_of(message)


def test_account_lines_are_escaped_and_keep_their_lines() -> None:
    transfer = BankTransfer(
        account_holder="<b>",
        account_lines=("Routing <1>", "Account 2"),
        reference=payment_reference("INV-7", None),
    )
    message = message_of(email(transfer=transfer))
    assert "Routing <1>\nAccount 2\nReference: INV-7\n" in text_of(message)
    assert "Routing &lt;1&gt;<br>Account 2" in html_of(message)


@pytest.mark.parametrize("kind", [MailKind.INVOICE, MailKind.REMINDER])
def test_the_button_leads_to_payment_where_possible(kind: MailKind) -> None:
    link = VALUES[kind]["link"]
    message = message_of(email(kind, pay_link=f"{link}#pay"))
    lines, html = text_of(message).splitlines(), html_of(message)
    assert lines[lines.index("Pay online:") + 1] == f"{link}#pay"
    assert lines[lines.index("See invoice:") + 1] == link
    links = re.findall(r'<a href="([^"]*)" [^>]*>([^<]*)</a>', html)
    assert links[:2] == [(f"{link}#pay", "Pay online"), (link, "See invoice")]


@pytest.mark.parametrize("kind", [MailKind.INVOICE, MailKind.REMINDER])
def test_otherwise_the_button_shows_the_invoice(kind: MailKind) -> None:
    message = message_of(email(kind))
    assert "Pay online" not in text_of(message)
    assert "Pay online" not in html_of(message)
    assert ">See invoice</a>" in html_of(message)


@pytest.mark.parametrize(
    ("values", "subject", "sentence"),
    [
        (
            {"days_overdue": 7},
            "Overdue: invoice INV-7 from Halden & Brandt",
            "Invoice INV-7 was due on November 23, 2026, 7 days ago.",
        ),
        (
            {"days_overdue": 1},
            "Overdue: invoice INV-7 from Halden & Brandt",
            "Invoice INV-7 was due on November 23, 2026, 1 day ago.",
        ),
        (
            {"days_overdue": -3},
            "Due soon: invoice INV-7 from Halden & Brandt",
            "Invoice INV-7 is due on November 23, 2026.",
        ),
        (
            {"days_overdue": 0, "due_date": None},
            "Reminder: invoice INV-7 from Halden & Brandt",
            "Invoice INV-7 hasn't been paid yet.",
        ),
    ],
)
def test_a_reminder_says_how_late_it_is(
    values: dict[str, Any], subject: str, sentence: str
) -> None:
    message = message_of(email(MailKind.REMINDER, **values))
    assert message["Subject"] == subject
    assert sentence in text_of(message)
    assert sentence in unescape(html_of(message))


def test_a_reminder_escapes_the_number_in_its_html() -> None:
    message = message_of(email(MailKind.REMINDER, number="<b>7</b>", days_overdue=7))
    assert "Invoice <b>7</b> was due" in text_of(message)
    assert "Invoice &lt;b&gt;7&lt;/b&gt; was due" in html_of(message)


def test_html_is_readable_without_images_and_by_screen_readers() -> None:
    html = html_of(message_of(email(logo_url="https://halden.example/logo.png")))
    assert '<img src="https://halden.example/logo.png" alt="Halden &amp; Brandt"' in html
    assert '<html lang="en" dir="ltr">' in html
    assert html.count("<table") == html.count('<table role="presentation"') > 0


def test_the_business_s_colour_is_on_the_button() -> None:
    html = html_of(message_of(email(accent_color="#ffe066")))
    assert "background: #ffe066; border-radius" in html
    assert "color: #111827; font-size: 16px; font-weight: 600" in html


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
    assert '<html lang="ar" dir="rtl">' in html


def test_an_attachment_comes_with_its_name() -> None:
    file = Attachment("Rechnung Ä 7.pdf", "application/pdf", b"%PDF-1.7")
    [attached] = message_of(email(attachments=(file,))).iter_attachments()
    assert attached.get_filename() == "Rechnung Ä 7.pdf"
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content() == b"%PDF-1.7"


_texts = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1)


@given(name=_texts, number=_texts, message=_texts)
def test_any_text_gives_a_valid_message(name: str, number: str, message: str) -> None:
    company, number, text = f"x{name}"[:200], f"x{number}"[:64], f"x{message}"
    composed = message_of(email(name=company, number=number, message=text))
    assert composed.defects == []
    assert [part.get_content_type() for part in composed.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert text in text_of(composed)
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
    first = email()
    second = EmailContent(
        **{name: getattr(first, name) for name in EmailContent.__slots__} | {"id": uuid4()}
    )
    assert message_of(first)["Message-ID"] != message_of(second)["Message-ID"]

"""A company's own words for its e-mails: stored per kind and language, and filled in when sent."""

from typing import Any, Final

import pytest

from core.urls import Urls
from integrations.mail.mime import render_html
from models import AuditEntry, Company, EmailText, EmailTextKind
from services.email.own_texts import OwnText, with_own_text
from services.email.samples import sample_email
from tests.services.email.test_emails import make_invoice, new_address, send
from tests.support.clients import Business, Caller, GraphQLFailed, eventually
from tests.support.mailbox import Mailbox, html_of, text_of
from tests.support.sample_emails import every_body, sample_facts
from tests.support.staff import new_session

_OF_QUOTES: Final = "{number}, {amount}, {valid_until}, {customer}"


async def _set(business: Business, **given: object) -> Any:
    given = {"kind": "INVOICE", "language": "en", **given}
    answer = await business.mutate(
        "setEmailText", "EmailTextInput", "{ emailText { subject message placeholders } }", **given
    )
    return answer["emailText"]


async def test_an_invoice_is_sent_in_the_company_s_own_words(
    business: Business, mailbox: Mailbox
) -> None:
    stored = await _set(
        business,
        subject="{number} for {customer}",
        message="Dear {customer},\n\n{amount} is due on {due_date}. <b>",
    )
    assert stored["placeholders"] == ["{number}", "{amount}", "{due_date}", "{customer}"]
    address = new_address()
    invoice_id = await make_invoice(business, address, dueDate="2099-01-31", number="7")
    await send(business, invoice_id)
    message = mailbox.only(address)
    assert message["Subject"] == "7 for Ada Lovelace"
    assert text_of(message).startswith(
        "Dear Ada Lovelace,\n\n€100.00 is due on January 31, 2099. <b>\n"
    )
    assert "Hello" not in text_of(message)
    assert "2099. &lt;b&gt;</p>" in html_of(message)
    await send(business, invoice_id, message="For this one only")
    again = mailbox.arrived[address][1]
    assert again["Subject"] == "7 for Ada Lovelace"
    assert text_of(again).startswith("Hello Ada Lovelace,\n\nFor this one only\n")


async def test_a_receipt_has_the_company_s_own_words_about_the_payment(
    business: Business, mailbox: Mailbox
) -> None:
    words = "Dear {customer},\n\nwe got {amount} for {number}."
    await _set(business, kind="RECEIPT", subject="Thanks for {amount}", message=words)
    address = new_address()
    invoice_id = await make_invoice(business, address, number="7")
    payment = {"invoiceId": invoice_id, "amount": "60", "method": "cash"}
    await business.mutate("recordPayment", "RecordPaymentInput", "{ __typename }", **payment)

    async def has_arrived() -> bool:
        return bool(mailbox.arrived[address])

    await eventually(has_arrived)
    message = mailbox.only(address)
    assert message["Subject"] == "Thanks for €60.00"
    assert text_of(message).startswith("Dear Ada Lovelace,\n\nwe got €60.00 for 7.\n")
    assert "Left to pay on this invoice" in text_of(message)


async def test_a_missing_value_leaves_the_standard_words(
    business: Business, mailbox: Mailbox
) -> None:
    await _set(business, subject="Due {due_date}", message="Due {due_date}")
    address = new_address()
    await send(business, await make_invoice(business, address, number="7"))
    message = mailbox.only(address)
    assert message["Subject"] == "Invoice 7 from Acme Ltd"
    assert "Here is your invoice 7 from Acme Ltd." in text_of(message)


async def test_each_language_has_its_own_words(business: Business, mailbox: Mailbox) -> None:
    await _set(business, language="de-AT", subject="Rechnung {number}")
    addresses = new_address(), new_address()
    for address, language in zip(addresses, ("de-CH", "fr"), strict=True):
        customer_id = await business.make_customer(email=address, language=language)
        await send(business, await business.make_invoice(customerId=customer_id))
    subjects = [mailbox.only(address)["Subject"] for address in addresses]
    assert subjects[0].startswith("Rechnung ")
    assert " von " not in subjects[0]
    assert subjects[1].startswith("Facture ")


async def test_both_scripts_of_chinese_have_their_own_words(
    business: Business, mailbox: Mailbox
) -> None:
    await _set(business, language="zh-TW", subject="帳單 {number} 謝謝")
    addresses = new_address(), new_address()
    for address, language in zip(addresses, ("zh-HK", "zh-CN"), strict=True):
        customer_id = await business.make_customer(email=address, language=language)
        await send(business, await business.make_invoice(customerId=customer_id, number=language))
    subjects = [mailbox.only(address)["Subject"] for address in addresses]
    assert subjects == ["帳單 zh-HK 謝謝", "Acme Ltd 的账单 zh-CN"]


async def test_standard_words_come_back(business: Business) -> None:
    assert await _set(business, subject="x") is not None
    assert await _set(business, subject=" ", message=None) is None
    assert await EmailText.filter(company_id=business.company_id).count() == 0
    assert await _set(business) is None
    entries = AuditEntry.filter(company_id=business.company_id, action="EMAIL_TEXT_CHANGED")
    assert [entry.subject for entry in await entries] == ["INVOICE en"] * 2


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        (
            {"message": "{nummer}"},
            "message",
            "{nummer} isn't a placeholder here. Use {number}, {amount}, {due_date}, {customer}.",
        ),
        (
            {"kind": "QUOTE", "subject": "{due_date}"},
            "subject",
            f"{{due_date}} isn't a placeholder here. Use {_OF_QUOTES}.",
        ),
        (
            {"kind": "CREDIT_NOTE", "subject": "{"},
            "subject",
            "{ isn't a placeholder here. Use {number}, {amount}, {customer}.",
        ),
        ({"subject": "x" * 201}, "subject", "Use at most 200 characters."),
        ({"message": "x" * 2001}, "message", "Use at most 2,000 characters."),
        ({"language": "xx", "subject": "x"}, "language", None),
    ],
)
async def test_wrong_words_are_refused(
    business: Business, given: dict[str, object], field: str, message: str | None
) -> None:
    with pytest.raises(GraphQLFailed) as refusal:
        await _set(business, **given)
    assert (refusal.value.code, refusal.value.field) == ("BAD_INPUT", field)
    assert message in {None, refusal.value.errors[0]["message"]}
    assert await EmailText.filter(company_id=business.company_id).count() == 0


async def test_a_preview_shows_words_that_are_not_stored(business: Business) -> None:
    query = (
        "query($input: EmailTextInput!) { company { emailTextPreview(input: $input)"
        " { subject html } } }"
    )
    given = {"kind": "REMINDER", "language": "ar", "subject": "{number}", "message": "<i>{amount}"}
    preview = (await business.gql(query, input=given))["company"]["emailTextPreview"]
    assert preview["subject"] == "INV-00148"
    assert '<html lang="ar" dir="rtl"' in preview["html"]
    assert "&lt;i&gt;" in preview["html"]
    assert await EmailText.filter(company_id=business.company_id).count() == 0


@pytest.mark.parametrize("kind", EmailTextKind)
async def test_each_kind_has_a_sample(business: Business, kind: EmailTextKind) -> None:
    company = await Company.get(id=business.company_id)
    text = OwnText(None, "{number} {amount} {customer}")
    sample = await sample_email(company, kind, "en", text, "a@b.cc", Urls("https://a.example"))
    assert sample.body.message.endswith("00148 €1,234.50 Ada Lovelace")
    html = render_html(sample)
    assert ("1,234.50" in html, "attached" in html) == (True, False)


async def test_a_test_goes_to_whoever_asks(business: Business, mailbox: Mailbox) -> None:
    await _set(business, subject="A test of {number}")
    person = Caller(business.http, await new_session(business))
    mutation = "mutation($input: EmailTextRef!) { sendTestEmail(input: $input) { sentTo } }"
    asked = {"kind": "INVOICE", "language": "en"}
    sent = await person.gql(mutation, input=asked)
    assert sent == {"sendTestEmail": {"sentTo": business.email}}
    message = mailbox.arrived[business.email][-1]
    assert message["Subject"] == "A test of INV-00148"
    assert message["List-Unsubscribe"] is None
    with pytest.raises(GraphQLFailed) as refusal:
        await business.gql(mutation, input=asked)
    assert refusal.value.code == "FORBIDDEN"


def test_values_are_not_filled_in_again(backend: object) -> None:
    del backend
    facts = sample_facts(number="{amount}")
    facts.invoice.customer.name = "{number}"
    body = next(every_body("en"))[1]
    text = OwnText("{number} {customer}", None)
    filled = with_own_text(body, text, [facts.invoice], keeps_message=False)
    assert filled.subject == "{amount} {number}"


def test_several_invoices_keep_words_about_one_of_them_out(backend: object) -> None:
    del backend
    invoices = [sample_facts().invoice, sample_facts(number="INV-8").invoice]
    body = next(every_body("en"))[1]
    text = OwnText("About {number}", "Dear {customer},\nplease pay.")
    filled = with_own_text(body, text, invoices, keeps_message=False)
    assert filled.subject == body.subject
    assert (filled.message, filled.greeting) == ("Dear Ada,\nplease pay.", None)

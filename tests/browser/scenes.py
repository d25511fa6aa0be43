"""Every page that people can open, in each state that looks different."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit
from uuid import uuid4

from models import (
    Checkout,
    Company,
    Credential,
    Customer,
    DeliveryState,
    EmailDelivery,
    Invoice,
    MailKind,
    Payment,
    Question,
    Quote,
    ReaderAction,
    SampleInvoice,
    SubjectType,
    User,
    Webhook,
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookEvent,
    WebhookKind,
)
from services.email.preferences import preference_for
from tests.support.clients import BROWSER, Business
from tests.support.corrections import correct, payment_ids
from tests.support.second_factors import sign_in
from tests.support.stripe_payloads import park
from tests.support.stripe_sandbox import SandboxServer, checkout
from values.payments import receipt_id_of

_PARTIAL: Final[dict[str, object]] = {"allowPartialPayment": True, "minimumPayment": "20"}
_SWISS_ACCOUNT: Final[dict[str, str | None]] = {
    "iban": "CH5800791123000889012",
    "bic": "POFICHBEXXX",
    "account_holder": "Halden & Brandt Beratung und Gestaltung AG, Zürich",
    "bank_account": "PostFinance\nMingerstrasse 20, 3030 Bern",
    "street": "Bahnhofstrasse 12",
    "postal_code": "8001",
    "city": "Zürich",
    "country": "CH",
}
_REPORT: Final = "mutation($input: ReportReadInput!) { reportRead(input: $input) { recorded } }"
_DETAILS: Final[dict[str, object]] = {
    "address": None,
    "street": "Hof 1\nHinterhaus",
    "postal_code": "28217",
    "city": "Bremen",
    "country": "DE",
    "vat_id": "DE136695976",
    "tax_number": "75/123/45678",
    "cc_emails": "\n".join(f"{'long' * 10}{n}@example.com" for n in range(10)),
    "buyer_reference": "04011000-1234512345-06",
    "payment_days": 14,
    "default_tax_rate": "19",
    "default_notes": "Thank you.\n" * 3,
}
"""What a customer's page shows where everything is known."""
_OF_ANSWER: Final = ("answered_by", "answer_note", "answer_purchase_order", "answer_ip")
_LINES: Final = [
    {
        "description": "Brand guidelines, two rounds of changes\nin print and on screen",
        "quantity": "1",
        "unitPrice": "4800.00",
        "taxRate": "19",
    },
    {"description": "L" * 60, "quantity": "2.5", "unitPrice": "80.00", "taxRate": "7"},
]


@dataclass(frozen=True)
class Stage:
    """The business and the Stripe sandbox of a scene."""

    business: Business
    sandbox_server: SandboxServer

    async def open_checkout(self, *, partial: bool = False) -> Any:
        """Return the Stripe session of a new invoice's checkout."""
        more = _PARTIAL if partial else {}
        token = await self.business.share(await self.business.make_invoice(**more))
        amount = {"amount": "40"} if partial else {}
        url = (await checkout(self.business.stranger, token, **amount))["url"]
        return self.sandbox_server.sandbox.session(self.sandbox_server.session(url))


Path: TypeAlias = Callable[[Stage], Awaitable[str]]


@dataclass(frozen=True)
class Scene:
    """A page in some state: its route, and how to get its path."""

    name: str
    route: str
    path_of: Path
    status: int = 200


CLIENT: Final[list[Scene]] = []
"""Pages of clients, in the language of the business."""
STAFF: Final[list[Scene]] = []
"""Pages of the dashboard, for signed-in staff."""
CLIENT_WIDTHS: Final = (320, 640, 768, 992)
"""The smallest width of each layout of these pages: if it is wider, there is only more room.

768 is the one of a sheet of paper, which depends on the room that it has.
"""
STAFF_WIDTHS: Final = (*CLIENT_WIDTHS, 1200, 1280, 1408)


def _client(route: str, name: str, status: int = 200) -> Callable[[Path], Path]:
    return _added(CLIENT, route, name, status)


def _staff(route: str, name: str, status: int = 200) -> Callable[[Path], Path]:
    return _added(STAFF, f"/dashboard{route}", name, status)


def _added(scenes: list[Scene], route: str, name: str, status: int) -> Callable[[Path], Path]:
    def add(path_of: Path) -> Path:
        scenes.append(Scene(name=name, route=route, path_of=path_of, status=status))
        return path_of

    return add


# --- clients --------------------------------------------------------------------------------------


@_client("/invoice/{token}", "an invoice with part payment")
async def _(stage: Stage) -> str:
    invoice_id = await stage.business.make_invoice(
        lines=_LINES, discount="20.00", notes="Thank you.\nSee you soon.", **_PARTIAL
    )
    return f"/invoice/{await stage.business.share(invoice_id)}"


@_client("/invoice/{token}", "an invoice to be paid by bank transfer")
async def _(stage: Stage) -> str:
    account = _SWISS_ACCOUNT | {"stripe_account": None}
    await Company.filter(id=stage.business.company_id).update(**account)
    return f"/invoice/{await stage.business.share(await stage.business.make_invoice())}"


@_client("/invoice/{token}", "an invoice with two ways to pay")
async def _(stage: Stage) -> str:
    await Company.filter(id=stage.business.company_id).update(iban="DE28999000000012345678")
    return f"/invoice/{await stage.business.share(await stage.business.make_invoice())}"


@_client("/invoice/{token}", "an invoice with all details")
async def _(stage: Stage) -> str:
    second = {"secondTax": {"name": "Sonderverbrauchsteuer", "rate": "9.975"}}
    charged = {"taxCategory": "REVERSE_CHARGE", "taxRate": "0"}
    long = {"unit": "nights with breakfast and dinner", "quantity": "-2.5", "unitPrice": "0.1648"}
    invoice_id = await stage.business.make_invoice(
        lines=[
            _LINES[0] | second | {"unit": "HUR", "discountPercent": "12.5"},
            _LINES[1] | charged | {"unit": "KWH", "discountAmount": "5"},
            _LINES[0] | long,
        ],
        discountPercent="5",
        servicePeriod={"from": "2026-11-02", "to": "2026-12-20"},
        purchaseOrder="4500-71826",
        buyerReference="04011000-12345-34",
        deliveryAddress={"lines": ["Quay 1", "L" * 60], "city": "Porto", "country": "PT"},
        paymentTerms="Payable within 14 days.",
        notes="Thank you.",
    )
    await stage.business.pay(invoice_id, "100")
    return f"/invoice/{await stage.business.share(invoice_id)}"


@_client("/invoice/{token}", "an overdue invoice")
async def _(stage: Stage) -> str:
    invoice_id = await stage.business.make_invoice()
    await Invoice.filter(id=invoice_id).update(issue_date="2020-01-01", due_date="2020-02-01")
    return f"/invoice/{await stage.business.share(invoice_id)}"


@_client("/invoice/{token}", "a paid invoice")
async def _(stage: Stage) -> str:
    invoice_id = await stage.business.make_invoice()
    await stage.business.pay(invoice_id, "100")
    return f"/invoice/{await stage.business.share(invoice_id)}"


@_client("/invoice/{token}", "a cancelled invoice")
async def _(stage: Stage) -> str:
    invoice_id = await stage.business.make_invoice()
    token = await stage.business.share(invoice_id)
    await stage.business.mutate(
        "cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=invoice_id
    )
    return f"/invoice/{token}"


def _back(session: Any, address: str) -> str:  # JSON
    parts = urlsplit(session[address].replace("{CHECKOUT_SESSION_ID}", session["id"]))
    return f"{parts.path}?{parts.query}"


@_client("/invoice/{token}", "back after paying all")
async def _(stage: Stage) -> str:
    session = await stage.open_checkout()
    stage.sandbox_server.sandbox.pay(session["id"])
    return _back(session, "success_url")


@_client("/invoice/{token}", "back after paying a part")
async def _(stage: Stage) -> str:
    session = await stage.open_checkout(partial=True)
    stage.sandbox_server.sandbox.pay(session["id"])
    return _back(session, "success_url")


@_client("/invoice/{token}", "back while a payment is on its way")
async def _(stage: Stage) -> str:
    session = await stage.open_checkout()
    stage.sandbox_server.sandbox.pay_late(session["id"])
    return _back(session, "success_url")


@_client("/invoice/{token}", "back after a payment that failed")
async def _(stage: Stage) -> str:
    session = await stage.open_checkout()
    stage.sandbox_server.sandbox.pay_late(session["id"])
    stage.sandbox_server.sandbox.fail(session["id"])
    return _back(session, "success_url")


@_client("/invoice/{token}", "back before Stripe confirms the payment")
async def _(stage: Stage) -> str:
    return f"{_back(await stage.open_checkout(), 'success_url')}&looks=7"


@_client("/invoice/{token}", "back after cancelling")
async def _(stage: Stage) -> str:
    return _back(await stage.open_checkout(), "cancel_url")


@_client("/checkout/{checkout}", "back from a page that several people paid on")
async def _(stage: Stage) -> str:
    session = await stage.open_checkout()
    await Checkout.filter(session_id=session["id"]).update(return_path=None)
    stage.sandbox_server.sandbox.pay(session["id"])
    return _back(session, "success_url")


async def _customer(stage: Stage) -> str:
    """Return a customer with invoices in two currencies, and a credit."""
    business = stage.business
    customer_id = await business.make_customer(address="1 High Street\nLondon")
    for number, currency in (("A/1", "EUR"), ("A-2", "USD"), ("A-3", "EUR")):
        invoice_id = await business.make_invoice(
            customerId=customer_id, number=number, currency=currency, lines=_LINES
        )
    await business.pay(invoice_id, "1000")
    await Invoice.filter(customer_id=customer_id, number="A/1").update(
        issue_date="2020-01-01", due_date="2020-02-01"
    )
    await business.make_credit_note(customer_id, "15")
    return customer_id


@_client("/portal/{token}", "a portal")
async def _(stage: Stage) -> str:
    return f"/portal/{await stage.business.share_portal(await _customer(stage))}"


@_client("/checkout/{checkout}", "back after paying several invoices of a portal")
async def _(stage: Stage) -> str:
    await stage.sandbox_server.connect(stage.business)
    token = await stage.business.share_portal(await _customer(stage))
    data = await stage.business.stranger.gql(
        "mutation($input: CheckoutSeveralInput!) { checkoutSeveral(input: $input) { url } }",
        input={"token": token, "numbers": ["A/1", "A-3"]},
    )
    id_ = stage.sandbox_server.session(data["checkoutSeveral"]["url"])
    stage.sandbox_server.sandbox.pay(id_)
    return _back(stage.sandbox_server.sandbox.session(id_), "success_url")


@_client("/portal/{token}", "an empty portal")
async def _(stage: Stage) -> str:
    customer_id = await stage.business.make_customer()
    return f"/portal/{await stage.business.share_portal(customer_id)}"


@_client("/portal/{token}/{number:path}", "an invoice in a portal")
async def _(stage: Stage) -> str:
    return f"/portal/{await stage.business.share_portal(await _customer(stage))}/A/1"


async def _correction(stage: Stage) -> str:
    """Return the draft of a credit note for part of an open invoice."""
    invoice_id = await stage.business.make_invoice(lines=_LINES)
    return await stage.business.credit_invoice(
        invoice_id, lines=_LINES[1:], reason="Fewer hours than agreed.\nSorry."
    )


async def _issued_correction(stage: Stage) -> str:
    note_id = await _correction(stage)
    await stage.business.credit_note("issueCreditNote", creditNoteId=note_id)
    return note_id


@_client("/credit-note/{token}", "a credit note")
async def _(stage: Stage) -> str:
    return f"/credit-note/{await stage.business.share_credit_note(await _issued_correction(stage))}"


@_client("/portal/{token}", "the credit notes in a portal")
async def _(stage: Stage) -> str:
    token = await stage.business.share_portal(await _customer(stage))
    return f"/portal/{token}?list=credits"


@_client("/portal/{token}", "the paid invoices in a portal, of a year")
async def _(stage: Stage) -> str:
    token = await stage.business.share_portal(await _customer(stage))
    return f"/portal/{token}?list=paid&year={datetime.now(UTC).year}"


@_client("/portal/{token}", "the quotes in a portal")
async def _(stage: Stage) -> str:
    customer_id = await _customer(stage)
    for _ in range(2):
        quote_id = await stage.business.make_quote(customerId=customer_id, lines=_LINES)
        await stage.business.share_quote(quote_id)
    return f"/portal/{await stage.business.share_portal(customer_id)}?list=quotes"


@_client("/portal/{token}", "a search that finds nothing in a portal")
async def _(stage: Stage) -> str:
    token = await stage.business.share_portal(await _customer(stage))
    return f"/portal/{token}?q=nothing&currency=EUR"


@_client("/invoice/{token}/receipt/{payment:uuid}", "a receipt")
async def _(stage: Stage) -> str:
    invoice_id = await stage.business.make_invoice(lines=_LINES)
    await stage.business.pay(invoice_id, "10")
    payment = await Payment.get(invoice_id=invoice_id)
    token = await stage.business.share(invoice_id)
    return f"/invoice/{token}/receipt/{receipt_id_of(payment.id)}"


@_client("/portal/{token}/{number:path}/receipt/{payment:uuid}", "a receipt in a portal")
async def _(stage: Stage) -> str:
    customer_id = await _customer(stage)
    payment = await Payment.get(invoice__customer_id=customer_id)
    token = await stage.business.share_portal(customer_id)
    return f"/portal/{token}/A-3/receipt/{receipt_id_of(payment.id)}"


@_client("/portal/{token}/statement", "a statement of account")
async def _(stage: Stage) -> str:
    token = await stage.business.share_portal(await _customer(stage))
    return f"/portal/{token}/statement?from=2020-01-01"


@_client("/portal/{token}/statement", "a statement of an impossible period", status=400)
async def _(stage: Stage) -> str:
    token = await stage.business.share_portal(await _customer(stage))
    return f"/portal/{token}/statement?from=2026-02-01&to=2026-01-01"


@_client("/credit-note/{token}/{number:path}", "a credit note in a portal")
async def _(stage: Stage) -> str:
    return f"/credit-note/{await stage.business.share_portal(await _customer(stage))}/CN-00001"


@_client("/quote/{token}/{number:path}", "a quote in a portal")
async def _(stage: Stage) -> str:
    customer_id = await _customer(stage)
    quote_id = await stage.business.make_quote(customerId=customer_id, lines=_LINES)
    await stage.business.share_quote(quote_id)
    return f"/quote/{await stage.business.share_portal(customer_id)}/Q-00001"


@_client("/quote/{token}", "a quote")
async def _(stage: Stage) -> str:
    quote_id = await stage.business.make_quote(lines=_LINES)
    return f"/quote/{await stage.business.share_quote(quote_id)}"


async def _quoted(stage: Stage, **columns: object) -> str:
    """Return the path of a quote with other columns, and a long thread."""
    quote_id, question_id = await _asked(stage)
    reply = {"questionId": question_id, "text": "Yes, of course.\nSee you then." + "!" * 80}
    await stage.business.mutate(
        "answerQuestion", "AnswerQuestionInput", "{ question { id } }", **reply
    )
    await Quote.filter(id=quote_id).update(**columns)
    return f"/quote/{(await Quote.get(id=quote_id)).share_token}"


@_client("/quote/{token}", "an accepted quote with questions")
async def _(stage: Stage) -> str:
    return f"{await _quoted(stage)}?asked=yes"


@_client("/quote/{token}", "a declined quote")
async def _(stage: Stage) -> str:
    return await _quoted(stage, status="DECLINED", answer_purchase_order=None)


@_client("/quote/{token}", "an expired quote")
async def _(stage: Stage) -> str:
    expired = {"issue_date": "2020-01-01", "valid_until": "2020-01-02"}
    sent = {"status": "SENT", "decided_at": None, **dict.fromkeys(_OF_ANSWER)}
    return await _quoted(stage, **expired, **sent)


async def _preference(stage: Stage) -> str:
    company = await Company.get(id=stage.business.company_id)
    return str((await preference_for(company.id, "ada@example.com", company.language)).token)


@_client("/preferences/{token}", "preferences")
async def _(stage: Stage) -> str:
    return f"/preferences/{await _preference(stage)}"


@_client("/unsubscribe/{token}/{category}", "unsubscribing in a browser")
async def _(stage: Stage) -> str:
    return f"/unsubscribe/{await _preference(stage)}/reminder"


@_client("/", "the front page")
async def _(stage: Stage) -> str:
    return f"/?lang={(await Company.get(id=stage.business.company_id)).language}"


@_client("/sample-invoice/{token}", "a sample of an invoice")
async def _(stage: Stage) -> str:
    sample = await SampleInvoice.create(
        company_id=stage.business.company_id, user=await User.get(email=stage.business.email)
    )
    return f"/sample-invoice/{sample.token}"


@_client("/invoice/{token}", "not found", 404)
async def _(_: Stage) -> str:
    return "/invoice/0b5f4e3c-7f0a-4c1e-9f61-6a4c5a0d1c11"


# --- staff ----------------------------------------------------------------------------------------


async def _opened(stage: Stage) -> str:
    """Return an invoice that is shared, viewed by people and programs, and paid in part."""
    business = stage.business
    invoice_id = await business.make_invoice(lines=_LINES)
    token = await business.share(invoice_id)
    await business.stranger.record_view(token, source="EMAIL")
    robot = business.stranger
    robot.user_agent = "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"
    await robot.record_view(token)
    scanner = {"x-forwarded-for": "40.94.20.1", "user-agent": BROWSER}
    await business.http.get(f"/invoice/{token}?source=email", headers=scanner)
    reader = business.stranger
    await reader.record_view(token)
    for action in ReaderAction:
        await reader.gql(_REPORT, input={"token": token, "action": action})
    await business.pay(invoice_id, "40")
    return invoice_id


async def _followed_up(stage: Stage) -> None:
    """Let there be each kind of follow-up, and amounts of each age in two currencies."""
    business, now = stage.business, datetime.now(UTC)
    opened = []
    for days_overdue in (-20, 10, 40, 70):
        due_date = str((now - timedelta(days=days_overdue)).date())
        opened.append(await business.make_invoice(issueDate="2026-01-01", dueDate=due_date))
    for invoice_id in opened:
        token = await business.share(invoice_id)
        for _ in range(5):
            await business.stranger.record_view(token)
    await business.make_invoice(currency="JPY")
    never = await Invoice.get(id=await business.make_invoice(customerId=await _customer(stage)))
    await EmailDelivery.create(
        company_id=business.company_id,
        customer_id=never.customer_id,
        invoice=never,
        kind=MailKind.INVOICE,
        recipient="ada@example.com",
        status=DeliveryState.SENT,
        sent_at=now - timedelta(days=6),
    )
    quote_id = await business.make_quote()
    await business.share_quote(quote_id)
    await Quote.filter(id=quote_id).update(sent_at=now - timedelta(days=6))
    paid = await Invoice.get(id=opened[0])
    await Question.create(
        company_id=business.company_id,
        customer_id=paid.customer_id,
        invoice=paid,
        name="Ada",
        text="May we pay next week?",
    )


@_staff("", "home")
async def _(stage: Stage) -> str:
    await _followed_up(stage)
    return "/dashboard"


@_staff("", "home of a new company, whose user has tried an invoice")
async def _(stage: Stage) -> str:
    await SampleInvoice.create(
        company_id=stage.business.company_id,
        user=await User.get(email=stage.business.email),
        sent_at=datetime.now(UTC),
    )
    return "/dashboard"


@_staff("/follow-ups", "everything worth a follow-up")
async def _(stage: Stage) -> str:
    await _followed_up(stage)
    return "/dashboard/follow-ups"


@_staff("/activity", "everything that happened")
async def _(stage: Stage) -> str:
    await _opened(stage)
    await _asked(stage)
    await _corrected(stage)
    return "/dashboard/activity"


@_staff("/invoices/{id}/timeline", "the timeline of an invoice")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await _opened(stage)}/timeline"


@_staff("/e-mails/{id}", "an e-mail that was sent")
async def _(stage: Stage) -> str:
    invoice_id = await _opened(stage)
    delivery = await EmailDelivery.create(
        company_id=stage.business.company_id,
        customer_id=(await Invoice.get(id=invoice_id)).customer_id,
        invoice_id=invoice_id,
        kind=MailKind.INVOICE,
        recipient=f"{'long' * 10}@example.com",
        status=DeliveryState.SENT,
        sent_at=datetime.now(UTC),
    )
    return f"/dashboard/e-mails/{delivery.id}"


@_staff("/quotes/{id}/timeline", "the timeline of a quote")
async def _(stage: Stage) -> str:
    quote_id, _ = await _asked(stage)
    return f"/dashboard/quotes/{quote_id}/timeline"


@_staff("/credit-notes/{id}/timeline", "the timeline of a credit note")
async def _(stage: Stage) -> str:
    return f"/dashboard/credit-notes/{(await _corrected(stage))['note']}/timeline"


@_staff("/customers/{id}/timeline", "the timeline of a customer")
async def _(stage: Stage) -> str:
    return f"/dashboard/customers/{await _customer(stage)}/timeline"


@_staff("/invoices", "the list of invoices")
async def _(stage: Stage) -> str:
    await _opened(stage)
    await stage.business.make_draft()
    await _customer(stage)
    return "/dashboard/invoices"


@_staff("/invoices", "an empty list of invoices")
async def _(_: Stage) -> str:
    return "/dashboard/invoices?q=nothing"


@_staff("/invoices/{id}", "an invoice")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await _opened(stage)}"


@_staff("/invoices/{id}", "a draft")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await stage.business.make_draft(lines=_LINES)}"


@_staff("/invoices/{id}/issue", "confirming to issue an invoice")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await stage.business.make_draft()}/issue"


@_staff("/invoices/{id}/issue-and-send", "what is sent to whom with an invoice")
async def _(stage: Stage) -> str:
    customer_id = await _customer(stage)
    draft_id = await stage.business.make_draft(customerId=customer_id)
    return f"/dashboard/invoices/{draft_id}/issue-and-send"


@_staff("/invoices/{id}", "an invoice whose e-mail can still be stopped")
async def _(stage: Stage) -> str:
    invoice_id = await stage.business.make_invoice()
    sent = await stage.business.mutate(
        "sendInvoice",
        "SendInvoiceInput",
        "{ delivery { id } }",
        invoiceId=invoice_id,
        delaySeconds=60,
    )
    return f"/dashboard/invoices/{invoice_id}?sent={sent['delivery']['id']}"


@_staff("/invoices/{id}/delete", "confirming to delete an invoice")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await stage.business.make_draft()}/delete"


@_staff("/invoices/{id}/cancel", "confirming to cancel an invoice")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await stage.business.make_invoice()}/cancel"


@_staff("/invoices/{id}/remind", "confirming to send a reminder")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await stage.business.make_invoice()}/remind"


@_staff("/invoices/{id}/payment", "the payment form")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await stage.business.make_invoice()}/payment"


async def _corrected(stage: Stage) -> Any:
    """Return an invoice that was corrected in every way, with the ids of what can be undone."""
    business = stage.business
    customer_id = await _customer(stage)
    note_id = await business.make_credit_note(customer_id, "50")
    line = {"description": "Work", "quantity": "1", "unitPrice": "300"}
    invoice_id = await business.make_invoice(customerId=customer_id, lines=[line])
    url = (await checkout(business.stranger, await business.share(invoice_id)))["url"]
    sandbox = stage.sandbox_server
    sandbox.sandbox.pay(sandbox.session(url))
    await sandbox.webhooks_delivered()
    [online] = await payment_ids(business, invoice_id)
    why = "Two of the three days were cancelled, as agreed on the telephone."
    refund = {"paymentId": online, "amount": "200", "reason": why, "creditInvoice": True}
    await correct(business, "refundPayment", **refund)
    money = {"invoiceId": invoice_id, "amount": "80", "method": "Bank transfer"}
    for reference in ("RF18 5390 0754 7034", None):
        await correct(business, "recordPayment", **money, surplusAsCredit=True, reference=reference)
    payment_id = (await payment_ids(business, invoice_id))[1]
    await correct(business, "reversePayment", paymentId=payment_id, reason="Recorded twice.")
    await correct(business, "payOutCredit", creditNoteId=note_id, amount="10", method="Cash")
    query = "query($id: ID!) { company { creditNote(id: $id) { payouts { id } } } }"
    [payout] = (await business.gql(query, id=note_id))["company"]["creditNote"]["payouts"]
    other_id = await business.make_invoice(customerId=customer_id, lines=[line])
    applied = {"creditNoteId": note_id, "invoiceId": other_id, "amount": "15"}
    await correct(business, "applyCreditNote", **applied)
    await correct(business, "writeOff", invoiceId=other_id, amount="5", reason="A bank fee.")
    [credit] = (await business.invoice(other_id, "credits { id }"))["credits"]
    return {
        "invoice": invoice_id,
        "other": other_id,
        "note": note_id,
        "online": online,
        "payment": (await payment_ids(business, invoice_id))[2],
        "credit": credit["id"],
        "payout": payout["id"],
    }


@_staff("/invoices/{id}", "an invoice with corrections")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{(await _corrected(stage))['invoice']}"


@_staff("/payments/{id}/reverse", "the form that reverses a payment")
async def _(stage: Stage) -> str:
    return f"/dashboard/payments/{(await _corrected(stage))['payment']}/reverse"


@_staff("/payments/{id}/refund", "the refund form")
async def _(stage: Stage) -> str:
    return f"/dashboard/payments/{(await _corrected(stage))['online']}/refund"


@_staff("/applied-credit/{id}/reverse", "the form that takes credit off an invoice")
async def _(stage: Stage) -> str:
    return f"/dashboard/applied-credit/{(await _corrected(stage))['credit']}/reverse"


@_staff("/payouts/{id}/reverse", "the form that takes a payout back")
async def _(stage: Stage) -> str:
    return f"/dashboard/payouts/{(await _corrected(stage))['payout']}/reverse"


@_staff("/invoices/{id}/write-off", "the write-off form")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await stage.business.make_invoice()}/write-off"


@_staff("/invoices/{id}/reverse-write-off", "the form that takes a write-off back")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{(await _corrected(stage))['other']}/reverse-write-off"


@_staff("/credit-notes/{id}", "a credit note that was applied and paid out")
async def _(stage: Stage) -> str:
    return f"/dashboard/credit-notes/{(await _corrected(stage))['note']}"


@_staff("/credit-notes/{id}/pay-out", "the payout form")
async def _(stage: Stage) -> str:
    return f"/dashboard/credit-notes/{await _note(stage)}/pay-out"


@_staff("/invoices/{id}/share", "the share panel")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await _opened(stage)}/share"


@_staff("/invoices/{id}/share", "the share panel without a link")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await stage.business.make_invoice()}/share"


@_staff("/invoices/{id}/share/send", "the share panel for an e-mail")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await _opened(stage)}/share/send"


@_staff("/invoices/{id}/share/revoke", "confirming to stop sharing an invoice")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await _opened(stage)}/share/revoke"


async def _sent_quote(stage: Stage) -> str:
    quote_id = await stage.business.make_quote(lines=_LINES)
    await stage.business.share_quote(quote_id)
    return quote_id


@_staff("/quotes", "the list of quotes")
async def _(stage: Stage) -> str:
    await stage.business.share_quote(await stage.business.make_quote())
    await stage.business.make_quote()
    return "/dashboard/quotes"


@_staff("/quotes/{id}", "a quote")
async def _(stage: Stage) -> str:
    return f"/dashboard/quotes/{await _sent_quote(stage)}"


async def _asked(stage: Stage) -> tuple[str, str]:
    """Return the ids of a quote that its client has answered, and of a question about it."""
    quote_id = await _sent_quote(stage)
    quote = await Quote.get(id=quote_id)
    link = {"token": str(quote.share_token), "name": "Rowan Ashby, " + "R" * 60}
    question = {"text": "Can we start a week later?\n" + "Why? " * 40, "email": "r@example.com"}
    await stage.business.mutate("askQuestion", "AskQuestionInput", "{ asked }", **link, **question)
    answer = {"accept": True, "note": "From January,\nplease.", "purchaseOrder": "PO 7"}
    await stage.business.mutate(
        "answerQuote", "AnswerQuoteInput", "{ quote { status } }", **link, **answer
    )
    asked = await Question.get(quote_id=quote_id)
    return quote_id, str(asked.id)


@_staff("/quotes/{id}", "a quote that its client has accepted and asked about")
async def _(stage: Stage) -> str:
    quote_id, question_id = await _asked(stage)
    reply = {"questionId": question_id, "text": "Yes, of course.\nSee you then."}
    await stage.business.mutate(
        "answerQuestion", "AnswerQuestionInput", "{ question { id } }", **reply
    )
    return f"/dashboard/quotes/{quote_id}"


@_staff("/questions", "the list of open questions")
async def _(stage: Stage) -> str:
    await _asked(stage)
    return "/dashboard/questions"


@_staff("/questions/{id}/answer", "the form that answers a question")
async def _(stage: Stage) -> str:
    return f"/dashboard/questions/{(await _asked(stage))[1]}/answer"


@_staff("/questions/{id}/close", "confirming to close a question")
async def _(stage: Stage) -> str:
    return f"/dashboard/questions/{(await _asked(stage))[1]}/close"


@_staff("/questions/{id}/delete", "confirming to delete a question")
async def _(stage: Stage) -> str:
    return f"/dashboard/questions/{(await _asked(stage))[1]}/delete"


@_staff("/quotes/{id}/accept", "confirming to accept a quote")
async def _(stage: Stage) -> str:
    return f"/dashboard/quotes/{await stage.business.make_quote()}/accept"


@_staff("/quotes/{id}/decline", "confirming to decline a quote")
async def _(stage: Stage) -> str:
    return f"/dashboard/quotes/{await stage.business.make_quote()}/decline"


@_staff("/quotes/{id}/invoice", "confirming to invoice a quote")
async def _(stage: Stage) -> str:
    return f"/dashboard/quotes/{await stage.business.make_quote()}/invoice"


@_staff("/quotes/{id}/delete", "confirming to delete a quote")
async def _(stage: Stage) -> str:
    return f"/dashboard/quotes/{await stage.business.make_quote()}/delete"


@_staff("/quotes/{id}/share", "the share panel of a quote")
async def _(stage: Stage) -> str:
    return f"/dashboard/quotes/{await _sent_quote(stage)}/share"


@_staff("/quotes/{id}/share/send", "the share panel of a quote for an e-mail")
async def _(stage: Stage) -> str:
    return f"/dashboard/quotes/{await _sent_quote(stage)}/share/send"


@_staff("/quotes/{id}/share/revoke", "confirming to stop sharing a quote")
async def _(stage: Stage) -> str:
    return f"/dashboard/quotes/{await _sent_quote(stage)}/share/revoke"


async def _note(stage: Stage) -> str:
    """Return a credit note whose customer has an open invoice."""
    return await stage.business.make_credit_note(await _customer(stage), "15")


async def _draft_note(stage: Stage) -> str:
    """Return a draft of a credit note for no invoice."""
    return await stage.business.draft_credit_note(await _customer(stage), "15")


@_staff("/credit-notes", "the list of credit notes")
async def _(stage: Stage) -> str:
    await _note(stage)
    return "/dashboard/credit-notes"


@_staff("/credit-notes/{id}", "a credit note")
async def _(stage: Stage) -> str:
    return f"/dashboard/credit-notes/{await _note(stage)}"


@_staff("/credit-notes/{id}", "a draft of a credit note for an invoice")
async def _(stage: Stage) -> str:
    return f"/dashboard/credit-notes/{await _correction(stage)}"


@_staff("/credit-notes/{id}/edit", "the form that edits a credit note for an invoice")
async def _(stage: Stage) -> str:
    return f"/dashboard/credit-notes/{await _correction(stage)}/edit"


@_staff("/credit-notes/{id}/issue", "confirming to issue a credit note for an open invoice")
async def _(stage: Stage) -> str:
    return f"/dashboard/credit-notes/{await _correction(stage)}/issue"


@_staff("/credit-notes/{id}/share", "the share panel of a credit note")
async def _(stage: Stage) -> str:
    note_id = await _issued_correction(stage)
    await stage.business.share_credit_note(note_id)
    return f"/dashboard/credit-notes/{note_id}/share"


@_staff("/credit-notes/{id}/share/send", "the share panel of a credit note for an e-mail")
async def _(stage: Stage) -> str:
    note_id = await _issued_correction(stage)
    await stage.business.share_credit_note(note_id)
    return f"/dashboard/credit-notes/{note_id}/share/send"


@_staff("/credit-notes/{id}/share/revoke", "confirming to stop sharing a credit note")
async def _(stage: Stage) -> str:
    note_id = await _issued_correction(stage)
    await stage.business.share_credit_note(note_id)
    return f"/dashboard/credit-notes/{note_id}/share/revoke"


@_staff("/invoices/{id}/credit", "the form that credits an invoice")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await stage.business.make_invoice(lines=_LINES)}/credit"


@_staff("/invoices/{id}/credit/lines", "the form that credits part of an invoice")
async def _(stage: Stage) -> str:
    invoice_id = await stage.business.make_invoice(lines=_LINES, discount="20.00")
    return f"/dashboard/invoices/{invoice_id}/credit/lines"


@_staff("/credit-notes/{id}/issue", "confirming to issue a credit note")
async def _(stage: Stage) -> str:
    return f"/dashboard/credit-notes/{await _draft_note(stage)}/issue"


@_staff("/credit-notes/{id}/void", "confirming to void a credit note")
async def _(stage: Stage) -> str:
    return f"/dashboard/credit-notes/{await _note(stage)}/void"


@_staff("/credit-notes/{id}/delete", "confirming to delete a credit note")
async def _(stage: Stage) -> str:
    return f"/dashboard/credit-notes/{await _draft_note(stage)}/delete"


@_staff("/credit-notes/{id}/apply", "the form that applies credit")
async def _(stage: Stage) -> str:
    return f"/dashboard/credit-notes/{await _note(stage)}/apply"


@_staff("/customers", "the list of customers")
async def _(stage: Stage) -> str:
    await _customer(stage)
    await stage.business.make_customer(name="Longname" * 20)
    return "/dashboard/customers"


@_staff("/customers/{id}", "a customer")
async def _(stage: Stage) -> str:
    customer_id = await _customer(stage)
    await stage.business.share_portal(customer_id)
    await Customer.filter(id=customer_id).update(**_DETAILS)
    return f"/dashboard/customers/{customer_id}"


@_staff("/customers/{id}/turn-off", "confirming to turn off e-mails")
async def _(stage: Stage) -> str:
    customer_id = await stage.business.make_customer(email="ada@example.com")
    query = "address=ada%40example.com&category=reminder"
    return f"/dashboard/customers/{customer_id}/turn-off?{query}"


@_staff("/customers/{id}/revoke-portal", "confirming to stop sharing a portal")
async def _(stage: Stage) -> str:
    return f"/dashboard/customers/{await stage.business.make_customer()}/revoke-portal"


@_staff("/customers/{id}/revoke-links", "confirming to stop sharing everything")
async def _(stage: Stage) -> str:
    return f"/dashboard/customers/{await stage.business.make_customer()}/revoke-links"


@_staff("/invoices/new", "the form that creates an invoice")
async def _(stage: Stage) -> str:
    await _customer(stage)
    return "/dashboard/invoices/new"


@_staff("/quotes/new", "the form that creates a quote")
async def _(stage: Stage) -> str:
    await _customer(stage)
    return "/dashboard/quotes/new"


@_staff("/credit-notes/new", "the form that creates a credit note")
async def _(stage: Stage) -> str:
    await _customer(stage)
    return "/dashboard/credit-notes/new"


@_staff("/customers/new", "the form that creates a customer")
async def _(stage: Stage) -> str:
    await _customer(stage)
    return "/dashboard/customers/new"


@_staff("/invoices/{id}/preview", "the preview of an invoice")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await stage.business.make_draft()}/preview"


@_staff("/quotes/{id}/preview", "the preview of a quote")
async def _(stage: Stage) -> str:
    return f"/dashboard/quotes/{await stage.business.make_quote()}/preview"


@_staff("/invoices/{id}/edit", "the form that edits an invoice")
async def _(stage: Stage) -> str:
    return f"/dashboard/invoices/{await stage.business.make_draft(lines=_LINES, **_PARTIAL)}/edit"


@_staff("/quotes/{id}/edit", "the form that edits a quote")
async def _(stage: Stage) -> str:
    return f"/dashboard/quotes/{await stage.business.make_quote(lines=_LINES)}/edit"


@_staff("/credit-notes/{id}/edit", "the form that edits a credit note")
async def _(stage: Stage) -> str:
    return f"/dashboard/credit-notes/{await _draft_note(stage)}/edit"


@_staff("/customers/{id}/edit", "the form that edits a customer")
async def _(stage: Stage) -> str:
    return f"/dashboard/customers/{await _customer(stage)}/edit"


@_staff("/settings", "the company settings")
async def _(_: Stage) -> str:
    return "/dashboard/settings"


@_staff("/settings", "the settings of a company with an address as one text")
async def _(stage: Stage) -> str:
    await Company.filter(id=stage.business.company_id).update(
        address="Bahnhofstrasse 12\n8001 Zürich", registration_id="CH-020", footer="Footer " * 50
    )
    return "/dashboard/settings"


@_added(STAFF, "/drafts/look", "a sample of a client's page in a colour", 200)
async def _(_: Stage) -> str:
    return "/drafts/look?color=%23a8452c"


@_staff("/settings/remove-logo", "confirming to remove the logo")
async def _(_: Stage) -> str:
    return "/dashboard/settings/remove-logo"


@_staff("/settings/payments", "the payment settings")
async def _(stage: Stage) -> str:
    await park(stage.business)
    return "/dashboard/settings/payments"


@_staff("/settings/payments", "the payment settings with an account")
async def _(stage: Stage) -> str:
    await Company.filter(id=stage.business.company_id).update(**_SWISS_ACCOUNT)
    return "/dashboard/settings/payments"


@_staff("/settings/payments/bank", "the form of the account")
async def _(stage: Stage) -> str:
    await Company.filter(id=stage.business.company_id).update(**_SWISS_ACCOUNT)
    return "/dashboard/settings/payments/bank"


@_staff("/settings/payments/disconnect", "confirming to disconnect Stripe")
async def _(_: Stage) -> str:
    return "/dashboard/settings/payments/disconnect"


@_staff("/settings/numbering", "how documents are numbered")
async def _(stage: Stage) -> str:
    await stage.business.mutate(
        "updateCompany",
        "UpdateCompanyInput",
        "{ company { id } }",
        invoiceNumberFormat="Rechnung-{year}/{month}/{seq:9}-der-Halden-&-Brandt-GmbH",
        invoiceNumbersRestartYearly=True,
    )
    return "/dashboard/settings/numbering"


@_staff("/settings/keys", "the API keys")
async def _(stage: Stage) -> str:
    await stage.business.make_key("VIEW_INVOICES", "MANAGE_INVOICES", "MANAGE_COMPANY")
    return "/dashboard/settings/keys"


@_staff("/settings/keys/{id}/revoke", "confirming to revoke a key")
async def _(stage: Stage) -> str:
    await stage.business.make_key("VIEW_INVOICES")
    key = await Credential.get(company_id=stage.business.company_id, name="tool")
    return f"/dashboard/settings/keys/{key.id}/revoke"


@_staff("/settings/webhooks", "the webhooks")
async def _(stage: Stage) -> str:
    await _webhook(stage)
    await Webhook.create(
        id=stage.business.company_id,
        company_id=stage.business.company_id,
        kind=WebhookKind.CHAT,
        url="https://hooks.chat.example/services/T0000/B0000/XXXX",
        event_names="INVOICE_VIEWED PAYMENT_RECEIVED",
    )
    return "/dashboard/settings/webhooks"


@_staff("/settings/webhooks/chat", "setting up the chat")
async def _(stage: Stage) -> str:
    del stage
    return "/dashboard/settings/webhooks/chat"


@_staff("/account/notices", "choosing notices")
async def _(stage: Stage) -> str:
    del stage
    return "/dashboard/account/notices"


@_staff("/settings/webhooks/{id}", "a webhook with its deliveries")
async def _(stage: Stage) -> str:
    webhook_id = await _webhook(stage)
    await Webhook.filter(id=webhook_id).update(failing_since=datetime.now(UTC))
    for state, answer in (
        (WebhookDeliveryState.DELIVERED, {"payload": "x" * 500, "delivered_at": datetime.now(UTC)}),
        (WebhookDeliveryState.FAILED, {"response_status": 503, "response_body": "Try later"}),
        (WebhookDeliveryState.FAILED, {"detail": "There was no response within 10 seconds."}),
    ):
        sequence = await WebhookDelivery.filter(webhook_id=webhook_id).count()
        await WebhookDelivery.create(
            company_id=stage.business.company_id,
            webhook_id=webhook_id,
            event=WebhookEvent.INVOICE_VIEWED,
            subject_type=SubjectType.INVOICE_VIEW,
            subject_id="1",
            occurred_at=datetime.now(UTC),
            queued_at=datetime.now(UTC),
            sequence=sequence,
            state=state,
            **answer,
        )
    return f"/dashboard/settings/webhooks/{webhook_id}"


@_staff("/settings/webhooks/{id}/edit", "changing a webhook")
async def _(stage: Stage) -> str:
    return f"/dashboard/settings/webhooks/{await _webhook(stage)}/edit"


@_staff("/settings/webhooks/{id}/secret", "confirming to replace a secret")
async def _(stage: Stage) -> str:
    return f"/dashboard/settings/webhooks/{await _webhook(stage)}/secret"


@_staff("/settings/webhooks/{id}/delete", "confirming to delete a webhook")
async def _(stage: Stage) -> str:
    return f"/dashboard/settings/webhooks/{await _webhook(stage)}/delete"


async def _webhook(stage: Stage) -> str:
    """Return a new webhook of the business."""
    webhook = await Webhook.create(
        company_id=stage.business.company_id,
        url=f"https://hooks.shop.example/{'invotify' * 12}",
        event_names="INVOICE_VIEWED INVOICE_PAID PAYMENT_FAILED",
        description="Warehouse",
        secret="whsec_c2VjcmV0",
    )
    return str(webhook.id)


async def _user(stage: Stage) -> str:
    """Return another user of the business."""
    payload = await stage.business.mutate(
        "createUser",
        "CreateUserInput",
        "{ user { id } }",
        name="Ada Lovelace",
        email=f"{uuid4()}@example.com",
        permissions=["VIEW_INVOICES"],
    )
    return str(payload["user"]["id"])


@_staff("/account", "the user's account")
async def _(_: Stage) -> str:
    return "/dashboard/account"


@_staff("/account/security", "the security of the user's account")
async def _(stage: Stage) -> str:
    await sign_in(stage.business)
    return "/dashboard/account/security"


@_staff("/account/security/sessions/end", "confirming to sign out everywhere else")
async def _(_: Stage) -> str:
    return "/dashboard/account/security/sessions/end"


@_staff("/account/security/two-step", "setting up two-step sign-in")
async def _(_: Stage) -> str:
    return "/dashboard/account/security/two-step"


@_staff("/account/security/two-step/off", "confirming to turn two-step sign-in off")
async def _(_: Stage) -> str:
    return "/dashboard/account/security/two-step/off"


@_staff("/account/security/recovery-codes", "confirming new recovery codes")
async def _(_: Stage) -> str:
    return "/dashboard/account/security/recovery-codes"


@_staff("/settings/users/two-step", "confirming to require two-step sign-in")
async def _(_: Stage) -> str:
    return "/dashboard/settings/users/two-step"


@_staff("/settings/users/{id}/sign-out", "confirming to sign a user out everywhere")
async def _(stage: Stage) -> str:
    return f"/dashboard/settings/users/{await _user(stage)}/sign-out"


@_staff("/settings/users/two-step/off", "confirming to make two-step sign-in optional")
async def _(_: Stage) -> str:
    return "/dashboard/settings/users/two-step/off"


@_staff("/settings/users/{id}/two-step", "confirming to turn a user's two-step sign-in off")
async def _(stage: Stage) -> str:
    return f"/dashboard/settings/users/{await _user(stage)}/two-step"


@_staff("/settings/users", "the users")
async def _(stage: Stage) -> str:
    await _user(stage)
    return "/dashboard/settings/users"


@_staff("/settings/users/{id}", "the form that edits a user")
async def _(stage: Stage) -> str:
    return f"/dashboard/settings/users/{await _user(stage)}"


@_staff("/settings/users/{id}/invite", "confirming a new invitation")
async def _(stage: Stage) -> str:
    return f"/dashboard/settings/users/{await _user(stage)}/invite"


@_staff("/settings/users/{id}/remove", "confirming to remove a user")
async def _(stage: Stage) -> str:
    return f"/dashboard/settings/users/{await _user(stage)}/remove"


@_staff("/welcome/{token}", "an invitation")
async def _(stage: Stage) -> str:
    payload = await stage.business.mutate(
        "inviteUser", "UserRef", "{ url }", userId=await _user(stage)
    )
    return str(urlsplit(payload["url"]).path)


@_staff("/welcome/{token}", "an expired invitation", 404)
async def _(_: Stage) -> str:
    return "/dashboard/welcome/inv_invitation_used"


@_staff("/settings/emails", "the company's own texts for e-mails")
async def _(_: Stage) -> str:
    return "/dashboard/settings/emails?kind=OVERDUE_REMINDER&language=ar"


@_staff("/settings/log", "the audit log")
async def _(stage: Stage) -> str:
    await _opened(stage)
    return "/dashboard/settings/log"


@_staff("/{path:path}", "an unknown page", 404)
async def _(_: Stage) -> str:
    return "/dashboard/nothing"

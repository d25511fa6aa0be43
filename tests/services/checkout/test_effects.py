"""What an action would do, in figures, is what it does, and asking for it changes nothing."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from models import CreditNote, EmailDelivery, InvoiceUpdate, StripeRefund, WebhookDelivery
from tests.services.checkout.test_refunds import TAXED, paid_invoice
from tests.support.clients import Business
from tests.support.corrections import correct, invoice_figures, payment_ids, refused
from tests.support.stripe_sandbox import SandboxServer

_FIGURES: Final = (
    "status amountPaid { amount } amountWrittenOff { amount } amountDue { amount }"
    " customerCredit { amount }"
)
_PREVIEW: Final = (
    "query($input: ActionInput!) { actionPreview(input: $input)"
    f" {{ before {{ {_FIGURES} }} after {{ {_FIGURES} }} }} }}"
)
Arrange = Callable[[Business], Awaitable[dict[str, object]]]


async def previewed(business: Business, action: str, **input: object) -> tuple[Any, Any]:
    """Return the figures before and after an action, after checking that nothing is changed."""
    changed = (CreditNote, EmailDelivery, InvoiceUpdate, StripeRefund, WebhookDelivery)
    rows = [await model.filter(company_id=business.company_id).count() for model in changed]
    preview = (await business.gql(_PREVIEW, input={action: input}))["actionPreview"]
    assert rows == [await model.filter(company_id=business.company_id).count() for model in changed]
    return _shown(preview["before"]), _shown(preview["after"])


def _shown(figures: dict[str, Any]) -> tuple[str, ...]:
    status, *amounts = figures.values()
    return (status, *(amount["amount"] for amount in amounts))


async def _open(business: Business) -> dict[str, object]:
    return {"invoiceId": await business.make_invoice()}


async def _payment(business: Business) -> dict[str, object]:
    invoice_id = await business.make_invoice()
    await business.pay(invoice_id, "60")
    [payment_id] = await payment_ids(business, invoice_id)
    return {"paymentId": payment_id, "invoiceId": invoice_id}


async def _written_off(business: Business) -> dict[str, object]:
    invoice_id = await business.make_invoice()
    await correct(business, "writeOff", invoiceId=invoice_id, amount="30", reason="Small")
    return {"invoiceId": invoice_id}


@pytest.mark.parametrize(
    ("action", "arrange", "input", "after"),
    [
        ("recordPayment", _open, {"amount": "40", "method": "Cash"}, "60.00"),
        ("reversePayment", _payment, {"reason": "Wrong"}, "100.00"),
        ("writeOff", _open, {"reason": "Small"}, "0.00"),
        ("reverseWriteOff", _written_off, {"reason": "Paid"}, "100.00"),
    ],
)
async def test_what_an_action_would_do_is_what_it_does(
    business: Business, action: str, arrange: Arrange, input: dict[str, object], after: str
) -> None:
    arranged = await arrange(business)
    invoice_id = str(arranged["invoiceId"])
    given = {**arranged, **input}
    if "paymentId" in given:
        del given["invoiceId"]
    before = await invoice_figures(business, invoice_id)
    seen_before, seen_after = await previewed(business, action, **given)
    assert await invoice_figures(business, invoice_id) == before == seen_before[:4]
    assert await correct(business, action, **given) == seen_after[:4]
    assert seen_after[3] == after


async def test_a_surplus_is_previewed_as_credit(business: Business) -> None:
    invoice_id = await business.make_invoice()
    paid = {"amount": "150", "method": "Bank transfer", "surplusAsCredit": True}
    _, after = await previewed(business, "recordPayment", invoiceId=invoice_id, **paid)
    assert after == ("PAID", "100.00", "0.00", "0.00", "50.00")


async def test_crediting_lowers_what_is_due_and_leaves_the_rest_as_credit(
    business: Business,
) -> None:
    invoice_id = await business.make_invoice()
    await business.pay(invoice_id, "60")
    before, after = await previewed(
        business, "creditInvoice", invoiceId=invoice_id, reason="Returned"
    )
    assert before == ("PARTIALLY_PAID", "60.00", "0.00", "40.00", "0.00")
    assert after == ("PAID", "100.00", "0.00", "0.00", "60.00")


async def test_cancelling_leaves_nothing_due(business: Business) -> None:
    invoice_id = await business.make_invoice()
    _, after = await previewed(business, "cancelInvoice", invoiceId=invoice_id)
    assert after == ("CANCELLED", "0.00", "0.00", "0.00", "0.00")


@pytest.mark.parametrize("credit", [False, True])
async def test_a_refund_is_previewed_without_asking_stripe(
    seller: Business, sandbox_server: SandboxServer, *, credit: bool
) -> None:
    _, payment_id = await paid_invoice(seller, sandbox_server, **TAXED)
    refund = {"paymentId": payment_id, "amount": "40", "creditInvoice": credit}
    _, after = await previewed(seller, "refundPayment", **refund)
    assert await correct(seller, "refundPayment", **refund) == after[:4]
    assert after[3] == ("0.00" if credit else "40.00")


async def test_an_action_that_is_refused_is_refused_in_advance(
    business: Business, rival: Business
) -> None:
    invoice_id = await business.make_invoice()
    given = {"invoiceId": invoice_id, "amount": "100.01", "reason": "Small"}
    failure = await business.refused(_PREVIEW, input={"writeOff": given})
    refusal = await refused(business, "writeOff", **given)
    assert (
        (failure.code, failure.field)
        == (refusal.code, refusal.field)
        == ("AMOUNT_TOO_LARGE", "amount")
    )
    foreign = {"invoiceId": await rival.make_invoice(), "reason": "Small"}
    assert (await business.refused(_PREVIEW, input={"writeOff": foreign})).code == "NOT_FOUND"

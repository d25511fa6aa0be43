"""What the API shows of a draft is enough to write the same draft again."""

from typing import Any, Final

import pytest

from tests.support.clients import Business

_ADDRESS: Final = "lines postalCode city region country"
_CONTENT: Final = f"""
    requestedNumber issueDate dueDate pricesIncludeTax
    discountAmount {{ amount }} discountPercent taxExemptionReason purchaseOrder buyerReference
    servicePeriod {{ from to }} deliveryAddress {{ {_ADDRESS} }} paymentTerms notes
    lines {{ description quantity unit unitPrice {{ amount }} discount {{ amount }} discountPercent
        taxRate taxCategory taxName secondTax {{ name rate }} }}
"""
_FIGURES: Final = """
    subtotal { amount } discount { amount } tax { amount } total { amount }
    taxes { name category rate base { amount } tax { amount } reason }
"""
_WORK: Final = {
    "description": "Work",
    "quantity": "7000",
    "unit": "KWH",
    "unitPrice": "0.1648",
    "taxRate": "5",
    "taxName": "GST",
    "secondTax": {"name": "QST", "rate": "9.975"},
    "discountPercent": "10",
}
_RETURN: Final = {"description": "Return", "quantity": "-1", "unitPrice": "20", "taxRate": "19"}
_EXEMPT: Final = {
    "description": "Course",
    "quantity": "1",
    "unitPrice": "50",
    "taxCategory": "EXEMPT",
    "discountAmount": "5",
}


def _input(shown: dict[str, Any]) -> dict[str, Any]:
    """Return the input that writes the document that is shown."""
    given = dict(shown)
    given["number"] = given.pop("requestedNumber")
    amount = given.pop("discountAmount")["amount"]
    given["discount"] = None if shown["discountPercent"] else amount
    given["lines"] = [_line(line) for line in shown["lines"]]
    return given


def _line(shown: dict[str, Any]) -> dict[str, Any]:
    given = dict(shown) | {"unitPrice": shown["unitPrice"]["amount"]}
    amount = given.pop("discount")["amount"]
    given["discountAmount"] = None if shown["discountPercent"] else amount
    return given


@pytest.mark.parametrize("discount", [{"discount": "30.05"}, {"discountPercent": "7.5"}, {}])
@pytest.mark.parametrize("included", [False, True])
async def test_a_draft_is_written_again_as_it_is_shown(
    business: Business, discount: dict[str, str], *, included: bool
) -> None:
    customer_id = await business.make_customer()
    draft_id = await business.make_draft(
        customerId=customer_id,
        lines=[_WORK, _RETURN, _EXEMPT],
        pricesIncludeTax=included,
        taxExemptionReason="Section 4 no. 21 UStG",
        servicePeriod={"from": "2026-11-02", "to": "2026-11-20"},
        deliveryAddress={"lines": ["Hof 1"], "city": "Bremen", "country": "DE"},
        number="R-1",
        purchaseOrder="PO 7",
        **discount,
    )
    shown = await business.invoice(draft_id, _CONTENT)
    figures = await business.invoice(draft_id, _FIGURES)
    content = {"customerId": customer_id, **_input(shown)}
    copy_id = await business.make_draft(**content | {"number": None})
    await business.mutate(
        "updateInvoice", "UpdateInvoiceInput", "{ invoice { id } }", invoiceId=draft_id, **content
    )
    assert await business.invoice(draft_id, _CONTENT) == shown
    assert await business.invoice(draft_id, _FIGURES) == figures
    assert await business.invoice(copy_id, _FIGURES) == figures

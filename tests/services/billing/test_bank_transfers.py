"""How an invoice says that it is paid by bank transfer."""

from typing import Any, Final

import pytest

from models import Company, Customer, Invoice
from tests.banking.payloads import read_epc, read_swiss
from tests.support.clients import Business

pytestmark = pytest.mark.one_database

IBAN: Final = "DE89370400440532013000"
_SELECTION: Final = """{ accountHolder iban formattedIban bic accountLines reference
    formattedReference qrPayload swissQrPayload }"""
_UPDATE: Final = "UpdateCompanyInput", "{ company { id } }"


async def _set_account(business: Business, **details: str | None) -> None:
    await business.mutate("updateCompany", *_UPDATE, **details)


async def _shown(business: Business, invoice_id: str) -> Any:
    return (await business.invoice(invoice_id, f"bankTransfer {_SELECTION}"))["bankTransfer"]


async def _shown_to_clients(business: Business, token: str) -> Any:
    query = f"query($token: String!) {{ invoice(token: $token) {{ bankTransfer {_SELECTION} }} }}"
    return (await business.stranger.gql(query, token=token))["invoice"]["bankTransfer"]


async def test_clients_and_staff_see_account_reference_and_code(business: Business) -> None:
    await _set_account(business, iban=IBAN, bic="COBADEFFXXX")
    invoice_id = await business.make_invoice(number="RE-2026-17")
    shown = await _shown(business, invoice_id)
    payload = shown.pop("qrPayload")
    assert shown == {
        "accountHolder": "Acme Ltd",
        "iban": IBAN,
        "formattedIban": "DE89 3704 0044 0532 0130 00",
        "bic": "COBADEFFXXX",
        "accountLines": [],
        "reference": "RF51RE202617",
        "formattedReference": "RF51 RE20 2617",
        "swissQrPayload": None,
    }
    transfer = read_epc(payload)
    assert (transfer.name, transfer.iban, transfer.bic) == ("Acme Ltd", IBAN, "COBADEFFXXX")
    assert (str(transfer.amount), transfer.reference) == ("100.00", "RF51RE202617")
    token = await business.share(invoice_id)
    assert await _shown_to_clients(business, token) == shown | {"qrPayload": payload}


async def test_the_code_is_for_what_is_left_to_pay(business: Business) -> None:
    await _set_account(business, iban=IBAN)
    invoice_id = await business.make_invoice()
    await business.pay(invoice_id, "40")
    assert str(read_epc((await _shown(business, invoice_id))["qrPayload"]).amount) == "60.00"
    await Invoice.filter(id=invoice_id).update(amount_pending=1_000)
    assert str(read_epc((await _shown(business, invoice_id))["qrPayload"]).amount) == "50.00"
    await Invoice.filter(id=invoice_id).update(amount_pending=0)
    await business.pay(invoice_id, "60")
    assert await _shown(business, invoice_id) is None


async def test_an_issued_invoice_keeps_its_account_and_a_draft_follows(business: Business) -> None:
    await _set_account(business, iban=IBAN, accountHolder="Ada")
    issued, draft = await business.make_invoice(), await business.make_draft()
    await _set_account(business, iban="AT611904300234573201", accountHolder=None)
    kept, followed = await _shown(business, issued), await _shown(business, draft)
    assert (kept["iban"], kept["accountHolder"]) == (IBAN, "Ada")
    assert (followed["iban"], followed["accountHolder"]) == ("AT611904300234573201", "Acme Ltd")
    assert (followed["reference"], followed["qrPayload"]) == (None, None)


async def test_nothing_is_shown_without_an_account_or_a_payable_invoice(
    business: Business,
) -> None:
    without = await business.make_invoice()
    await _set_account(business, iban=IBAN)
    cancelled = await business.make_invoice()
    await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=cancelled)
    assert await _shown(business, without) is None
    assert await _shown(business, cancelled) is None


async def test_account_lines_are_paid_with_the_invoices_number(business: Business) -> None:
    await _set_account(business, bankAccount="Routing 123456789\nAccount 42")
    shown = await _shown(business, await business.make_invoice(number="US 7"))
    assert shown["accountLines"] == ["Routing 123456789", "Account 42"]
    assert (shown["reference"], shown["formattedReference"]) == ("US 7", "US 7")
    assert shown["qrPayload"] is None


@pytest.mark.parametrize(
    ("iban", "reference_type"),
    [("CH4431999123000889012", "QRR"), ("CH5800791123000889012", "SCOR")],
)
async def test_a_swiss_account_has_a_swiss_code(
    business: Business, iban: str, reference_type: str
) -> None:
    await _set_account(business, iban=iban, accountHolder="Ada & Co")
    address = {"street": "Bahnhofstrasse 12", "postal_code": "8001", "city": "Zürich"}
    await Company.filter(id=business.company_id).update(**address, country="CH")
    customer_id = await business.make_customer(name="Grace", language="de")
    await Customer.filter(id=customer_id).update(**address, country="CH")
    invoice_id = await business.make_invoice(
        number="2026-17", customerId=customer_id, currency="CHF"
    )
    bill = read_swiss((await _shown(business, invoice_id))["swissQrPayload"])
    assert bill.creditor == ["Ada & Co", "Bahnhofstrasse", "12", "8001", "Zürich", "CH"]
    assert bill.debtor == ["Grace", *bill.creditor[1:]]
    assert (str(bill.amount), bill.currency) == ("100.00", "CHF")
    assert bill.reference[0] == reference_type
    assert bill.message == "Rechnung 2026-17"


async def test_a_list_of_invoices_costs_one_statement_more(business: Business) -> None:
    await _set_account(business, iban=IBAN)
    for _ in range(3):
        await business.make_invoice()
    query = f"{{ company {{ invoices {{ edges {{ node {{ bankTransfer {_SELECTION} }} }} }} }} }}"
    edges = (await business.gql(query))["company"]["invoices"]["edges"]
    assert [edge["node"]["bankTransfer"]["iban"] for edge in edges] == [IBAN] * 3

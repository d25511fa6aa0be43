"""The card of an invoice that says whether its e-invoice is ready."""

from models import Company, CreditNote, Customer
from tests.support.clients import Business
from tests.support.corrections import correct
from tests.support.staff import INVOICES, Browser
from tests.web.dashboard.corrections.test_pages import NOTES
from tests.web.dashboard.customers.test_pages import CUSTOMERS


async def _card(staff_client: Browser, id_: object, documents: str = INVOICES) -> str:
    page = (await staff_client.get(f"{documents}/{id_}")).text
    return page.partition('<section id="e-invoice"')[2].partition("</section>")[0]


async def test_a_draft_lists_what_is_missing_with_links(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer(name="Ada & Co")
    invoice_id = await business.make_draft(customerId=customer_id)
    card = await _card(staff_client, invoice_id)
    assert "4 details are missing for Factur-X / ZUGFeRD:" in card
    assert "You can issue without them." in card
    for url, text in (
        ("/dashboard/settings#country", f"Enter the country of {await _company_name(business)}."),
        ("/dashboard/settings#vat_id", "Enter your VAT ID or tax number."),
        (f"{CUSTOMERS}/{customer_id}/edit#country", "Enter the country of Ada &amp; Co."),
        (f"{INVOICES}/{invoice_id}/edit#last_day", "Enter a due date or terms of payment."),
    ):
        assert f'<li><a href="{url}">{text}</a></li>' in card


async def _company_name(business: Business) -> str:
    return (await Company.get(id=business.company_id)).name


async def test_a_required_e_invoice_is_chosen_in_the_customers_form_and_stops_the_issue(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer()
    edit = f"{CUSTOMERS}/{customer_id}/edit"
    await staff_client.post(edit, page=edit, name="Ada", e_invoice="PEPPOL")
    assert (await Customer.get(id=customer_id)).e_invoice == "PEPPOL"
    assert (
        "<dt>Requires</dt><dd><bdi>Peppol BIS Billing</bdi>"
        in (await staff_client.get(f"{CUSTOMERS}/{customer_id}")).text
    )
    invoice_id = await business.make_draft(customerId=customer_id)
    assert "add them before you issue" in await _card(staff_client, invoice_id)
    issue = f"{INVOICES}/{invoice_id}/issue"
    refused = await staff_client.post(issue, page=issue)
    assert refused.status_code == 400
    assert "Enter the country of" in refused.text
    preview = await staff_client.get(f"{INVOICES}/{invoice_id}/preview")
    assert preview.status_code == 200


async def test_an_issued_invoice_has_its_files_or_says_why_not(
    staff_client: Browser, business: Business
) -> None:
    address = {"lines": [], "country": "DE"}
    await business.mutate(
        "updateCompany",
        "UpdateCompanyInput",
        "{ company { id } }",
        postalAddress=address,
        vatId="DE136695976",
    )
    customer_id = await business.make_customer(postalAddress=address)
    invoice_id = await business.make_invoice(customerId=customer_id, dueDate="2099-12-31")
    card = await _card(staff_client, invoice_id)
    assert f'href="/invoices/{invoice_id}.xml?format=factur-x"' in card
    assert "xrechnung" not in card
    assert (await staff_client.get(f"/invoices/{invoice_id}.xml")).status_code == 200
    await Customer.filter(id=customer_id).update(e_invoice="XRECHNUNG")
    card = await _card(staff_client, invoice_id)
    assert "There is no XRechnung, because details were missing when it was issued" in card
    form = f"{CUSTOMERS}/{customer_id}/edit#city"
    assert f'<li><a href="{form}">Enter the city of' in card  # for the next one
    assert "<li>Enter the customer&#39;s reference" in card  # this one can't change


async def test_a_credit_note_that_the_portal_issued_says_that_a_required_e_invoice_is_missing(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id)
    money = {"invoiceId": invoice_id, "amount": "120", "method": "bank"}
    await correct(business, "recordPayment", **money, surplusAsCredit=True)
    note = await CreditNote.get(customer_id=customer_id)
    assert "<span>Missing</span>" not in await _card(staff_client, note.id, NOTES)
    await Customer.filter(id=customer_id).update(e_invoice="PEPPOL")
    card = await _card(staff_client, note.id, NOTES)
    assert "<span>Missing</span>" in card
    assert "There is no Peppol BIS Billing, because details were missing" in card
    assert "ask whether they accept the PDF. For the next one:" in card

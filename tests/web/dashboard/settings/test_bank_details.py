"""The account for bank transfers in the dashboard."""

from html import unescape
from typing import Final

from models import AuditEntry, Company, User
from tests.support.clients import Business
from tests.support.staff import Browser

PAYMENTS: Final = "/dashboard/settings/payments"
BANK: Final = f"{PAYMENTS}/bank"
FIELDS: Final = {
    "iban": "DE89 3704 0044 0532 0130 00",
    "bic": "COBADEFFXXX",
    "account_holder": "",
    "bank_account": "",
}


async def _company(business: Business) -> Company:
    return await Company.get(id=business.company_id)


async def test_an_account_is_saved(staff_client: Browser, business: Business) -> None:
    assert "No account yet" in (await staff_client.get(PAYMENTS)).text
    response = await staff_client.post(BANK, page=BANK, **FIELDS)
    assert (response.status_code, response.headers["location"]) == (303, f"{PAYMENTS}?saved=bank")
    company = await _company(business)
    assert (company.iban, company.bic) == ("DE89370400440532013000", "COBADEFFXXX")
    page = (await staff_client.get(f"{PAYMENTS}?saved=bank")).text
    assert "DE89 3704 0044 0532 0130 00" in page
    assert "Invoices that you issue from now on name this account." in page
    [entry] = await AuditEntry.filter(company_id=business.company_id)
    assert (entry.action, entry.actor) == ("BANK_DETAILS_CHANGED", "Acme Ltd")
    log = (await staff_client.get("/dashboard/settings/log")).text
    assert "Changed the bank details of" in log
    assert "IBAN: none → DE89 3704 0044 0532 0130 00" in log


async def test_a_wrong_iban_is_shown_at_its_field(
    staff_client: Browser, business: Business
) -> None:
    wrong = FIELDS | {"iban": "DE89 3704 0044 0532 0130 01"}
    response = await staff_client.post(BANK, page=BANK, **wrong)
    assert response.status_code == 400
    assert "The check digits don't match." in unescape(response.text)
    assert (await _company(business)).iban is None


async def test_the_form_keeps_what_is_stored(staff_client: Browser, business: Business) -> None:
    stored = {"iban": "DE89370400440532013000", "bank_account": "Line 1\nLine 2"}
    await Company.filter(id=business.company_id).update(**stored)
    page = (await staff_client.get(BANK)).text
    assert 'value="DE89 3704 0044 0532 0130 00"' in page
    assert "Line 1\nLine 2</textarea>" in page


async def test_it_needs_the_permission_to_manage_the_company(
    staff_client: Browser, business: Business
) -> None:
    await User.filter(email=business.email).update(permissions="VIEW_INVOICES MANAGE_INVOICES")
    assert (await staff_client.get(BANK)).status_code == 403

"""Companies and customers of whom all that e-invoices need is known."""

from typing import Final

from tests.support.clients import Business

_COMPANY: Final = {
    "postalAddress": {
        "lines": ["Speicherstr. 14"],
        "postalCode": "20457",
        "city": "Hamburg",
        "country": "DE",
    },
    "vatId": "DE136695976",
    "phone": "+49 40 5550142",
    "email": "hello@halden-brandt.example",
    "contactName": "Mira Brandt",
}
COMPLETE_CUSTOMER: Final = {
    "name": "Ärzte AG",
    "postalAddress": {
        "lines": ["Ringstr. 2"],
        "postalCode": "80331",
        "city": "München",
        "country": "DE",
    },
    "buyerReference": "04011000-12345-03",
}
INVOICE: Final = {
    "lines": [{"description": "Work", "quantity": "2", "unitPrice": "50", "taxRate": "19"}],
    "dueDate": "2099-12-31",
}


async def complete_company(business: Business) -> None:
    """Enter all that e-invoices need of the company."""
    await business.mutate("updateCompany", "UpdateCompanyInput", "{ company { id } }", **_COMPANY)


async def make_complete_invoice(business: Business, **customer: object) -> str:
    """Return an issued invoice for which nothing is missing, unless `customer` says otherwise."""
    await complete_company(business)
    customer_id = await business.make_customer(**COMPLETE_CUSTOMER | customer)
    return await business.make_invoice(customerId=customer_id, **INVOICE)

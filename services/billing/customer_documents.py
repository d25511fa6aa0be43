"""The documents of many customers, in one statement for each kind."""

from typing import Final

from models import CreditNote, Invoice, Quote
from services.common.pages_of_each import PagesOfEach

INVOICES: Final = PagesOfEach(Invoice, "customer_id")
QUOTES: Final = PagesOfEach(Quote, "customer_id")
CREDIT_NOTES: Final = PagesOfEach(CreditNote, "customer_id")

"""The addresses of everything that people and programs can open here."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

_OTHER_PAGE: Final = re.compile(r"statement|.*/receipt/.*")
"""Numbers of invoices that would lead to another page of a portal."""


@dataclass(frozen=True, slots=True)
class Urls:
    """Builds addresses below `public_url`. The dashboard builds those of its pages itself."""

    public_url: str
    """Scheme and host, without a slash at the end."""

    def invoice(self, token: object) -> str:
        """Return the page of a shared invoice."""
        return f"{self.public_url}/invoice/{token}"

    def invoice_pdf(self, token: object) -> str:
        """Return the PDF of a shared invoice."""
        return f"{self.invoice(token)}.pdf"

    def sample_invoice(self, token: object) -> str:
        """Return the page of the sample of an invoice that a user has sent to themselves."""
        return f"{self.public_url}/sample-invoice/{token}"

    def receipt(self, invoice_url: str, receipt_id: object) -> str:
        """Return the page of a receipt, below the invoice's page."""
        return f"{invoice_url}/receipt/{receipt_id}"

    def checkout(self, checkout_id: object) -> str:
        """Return where Stripe sends the client of a checkout. It contains no link's token."""
        return f"{self.public_url}/checkout/{checkout_id}"

    def quote(self, token: object) -> str:
        """Return the page of a shared quote."""
        return f"{self.public_url}/quote/{token}"

    def portal_quote(self, token: object, number: str) -> str:
        """Return the page of the quote `number` of the customer with this portal."""
        return f"{self.quote(token)}/{quote(number, safe='')}"

    def credit_note(self, token: object) -> str:
        """Return the page of a shared credit note."""
        return f"{self.public_url}/credit-note/{token}"

    def portal_credit_note(self, token: object, number: str) -> str:
        """Return the page of the credit note `number` of the customer with this portal."""
        return f"{self.credit_note(token)}/{quote(number, safe='')}"

    def portal(self, token: object) -> str:
        """Return the page of a customer's portal."""
        return f"{self.public_url}/portal/{token}"

    def credit(self, token: object) -> str:
        """Return where a portal's forms are sent to use credit."""
        return f"{self.portal(token)}/credit"

    def statement(self, token: object) -> str:
        """Return the page of a customer's statement of account."""
        return f"{self.portal(token)}/statement"

    def portal_invoice(self, token: object, number: str) -> str:
        """Return the page of the invoice `number` in a customer's portal.

        A space after it, which no number ends with, tells it from other pages.
        """
        end = " " if _OTHER_PAGE.fullmatch(number) else ""
        return f"{self.portal(token)}/{quote(number + end, safe='')}"

    def portal_invoice_pdf(self, token: object, number: str) -> str:
        """Return the PDF of the invoice `number` in a customer's portal."""
        return f"{self.portal_invoice(token, number)}.pdf"

    def preferences(self, token: object) -> str:
        """Return the page of an address's e-mail preferences."""
        return f"{self.public_url}/preferences/{token}"

    def unsubscribe(self, token: object, category: str) -> str:
        """Return where mail providers unsubscribe an address from a category (RFC 8058)."""
        return f"{self.public_url}/unsubscribe/{token}/{category.lower()}"

    def logo(self, digest: str | None) -> str | None:
        """Return the logo with this digest; None if there is no digest."""
        return f"{self.public_url}/logo/{digest}.png" if digest else None

    def document_pdf(self, documents: str, document_id: object) -> str:
        """Return the PDF for staff of one of their `invoices`, `quotes` or `credit-notes`."""
        return f"{self.public_url}/{documents}/{document_id}.pdf"

    def document_xml(self, documents: str, document_id: object, format_name: str) -> str:
        """Return an e-invoice for staff of one of their `invoices` or `credit-notes`."""
        return f"{self.public_url}/{documents}/{document_id}.xml?format={format_name}"

    def staff_page(self, documents: str, document_id: object) -> str:
        """Return the dashboard's page of one of the `invoices` or `quotes`."""
        return f"{self.dashboard()}/{documents}/{document_id}"

    def notices(self) -> str:
        """Return the page on which users choose what they get e-mails about."""
        return f"{self.dashboard()}/account/notices"

    def invitation(self, secret: str) -> str:
        """Return the page on which a user chooses a password."""
        return f"{self.public_url}/dashboard/welcome/{secret}"

    def dashboard(self) -> str:
        """Return the start page of the dashboard."""
        return f"{self.public_url}/dashboard"


PATHS: Final = Urls("")
"""The same addresses as paths, for links between pages of one origin."""

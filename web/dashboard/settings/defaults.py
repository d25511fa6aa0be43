"""What new documents start with: payment terms, tax, part payments, notes, footer and paper."""

from typing import Final, cast

from starlette.datastructures import FormData

import models
from i18n.formatting import format_amount
from services.company.company_settings import CompanyChanges
from values.money import Minor, Money
from values.parties import PaperSize
from values.taxes import TaxRounding
from web.dashboard.forms.choices import Choices
from web.dashboard.forms.fields import Field, optional, parse_amount, parse_checkbox, parse_text
from web.dashboard.forms.parties import PartyForm, party_values

ROUNDINGS: Final[Choices] = (
    (TaxRounding.HALF_UP, "To the nearest unit"),
    (TaxRounding.DOWN, "Down, as is usual in Japan"),
)
_PAPERS: Final = {PaperSize.A4: "A4", PaperSize.LETTER: "US Letter"}


def _parse_rounding(text: str, _: str) -> TaxRounding:
    if text not in TaxRounding.__members__:
        raise ValueError("Choose how to round from the list.")
    return TaxRounding(text)


def _parse_paper(text: str, _: str) -> PaperSize:
    if text not in PaperSize.__members__:
        raise ValueError("Choose a paper size from the list.")
    return PaperSize(text)


def paper_choices(company: models.Company) -> Choices:
    """Return the paper sizes, after the one that is used if none is chosen."""
    usual = _PAPERS[PaperSize.usual_in(company.country)]
    return [("", f"Default: {usual}"), *_PAPERS.items()]


class DefaultsForm(PartyForm):
    """What new documents start with, unless they say otherwise."""

    payment_terms = Field(
        "Payment terms",
        optional(parse_text),
        max_length=1000,
        hint="Printed below the total, like “2% off if you pay within 7 days”.",
    )
    allow_partial_payment = Field(
        "Let clients pay in parts",
        parse_checkbox,
        hint="You can decide otherwise on each invoice.",
    )
    minimum_payment = Field(
        "Smallest part",
        optional(parse_amount),
        max_length=40,
        hint="Leave empty if any amount is fine.",
    )
    footer = Field(
        "Footer",
        optional(parse_text),
        max_length=2000,
        hint="Below every document, like your register and managing directors.",
    )
    paper_size = Field(
        "Paper size",
        optional(_parse_paper),
        hint="For PDFs. The default is the usual size in your country.",
    )
    tax_rounding = Field("Rounding of tax", _parse_rounding)
    invoices_accepted_quotes = Field(
        "Create the draft of an invoice when a quote is accepted", parse_checkbox
    )

    @classmethod
    def of(cls, company: models.Company, language: str) -> "DefaultsForm":
        """Return the form with what the company has set."""
        minimum = company.minimum_payment
        amount = minimum and format_amount(Money(Minor(minimum), company.currency), language)
        return cls(
            FormData(),
            language,
            **party_values(company, language),
            payment_terms=company.payment_terms or "",
            allow_partial_payment="yes" if company.allow_partial_payment else "",
            minimum_payment=amount or "",
            footer=company.footer or "",
            paper_size=company.paper_size or "",
            tax_rounding=company.tax_rounding,
            invoices_accepted_quotes="yes" if company.invoices_accepted_quotes else "",
        )

    def changes(self) -> CompanyChanges:
        """Return what was entered. Raises BadInput."""
        own: CompanyChanges = {
            "payment_terms": self.payment_terms.value,
            "allow_partial_payment": self.allow_partial_payment.value,
            "minimum_payment": self.minimum_payment.value,
            "footer": self.footer.value,
            "paper_size": self.paper_size.value,
            "tax_rounding": self.tax_rounding.value,
            "invoices_accepted_quotes": self.invoices_accepted_quotes.value,
        }
        return cast("CompanyChanges", self.party_changes() | own)

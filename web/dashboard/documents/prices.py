"""What a document comes to while it is written, by the rules by which it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from limits import RateLimitItem, parse
from starlette.responses import Response

from auth.permissions import Permission
from banking.currencies import EXPONENTS
from errors import BadInput
from i18n.formatting import format_money, format_percent
from models import Company
from services.billing.drafting.prices import DraftPrice, price_draft
from services.billing.pricing import Discount, LineDraft
from values.money import Minor, Money
from values.taxes import TaxTotal
from web.dashboard.documents.lines import (
    LABELS,
    LineInput,
    all_lines,
    parse_document_discount,
    parse_line,
)
from web.dashboard.forms.fields import Form
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.responses import render_page

MAX_DOCUMENT_FORM_SIZE: Final = 1024 * 1024
"""Bytes of a form: as many lines as a document may have, with descriptions of usual length."""
_RATE: Final[RateLimitItem] = parse("300/minute")
"""How often a user's pages ask for prices. A page asks at most four times in a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """A row of the totals: its label and its formatted amount."""

    label: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTerms:
    """What a form says about its lines' prices, as it was entered."""

    locale: str
    """Of its numbers."""
    currency: str
    discount: str
    prices_include_tax: bool

    @classmethod
    def of(cls, form: Form) -> Self:
        """Return the terms of a form."""
        values = form.values
        return cls(
            locale=form.locale,
            currency=str(values.get("currency", "")),
            discount=str(values.get("discount", "")),
            prices_include_tax=bool(values.get("prices_include_tax")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceView:
    """The amounts of a document that is being written, formatted for the page."""

    lines: Sequence[str | None]
    """The amount of each line, or None for one that is left out."""
    sums: Sequence[Sum]
    """Subtotal, discount and taxes, as far as there are any."""
    total: str
    notes: Sequence[str]
    """What is left out, and why."""

    @classmethod
    def of(cls, lines: Sequence[LineInput], terms: PriceTerms, company: Company) -> Self:
        """Return what lines come to as they were entered."""
        notes, locale = _Notes(), terms.locale
        drafts = [_draft_of(index, line, locale, notes) for index, line in enumerate(lines)]
        try:
            discount = parse_document_discount(terms.discount, locale)
        except BadInput as refusal:
            notes.add(refusal)
            discount = Discount()
        price = price_draft(
            drafts,
            discount,
            terms.currency if terms.currency in EXPONENTS else company.currency,
            prices_include_tax=terms.prices_include_tax,
            rounding=company.tax_rounding,
        )
        for problem in price.problems:
            notes.add(problem)
        return cls._formatted(price, discount, notes.texts, locale)

    @classmethod
    def _formatted(
        cls, price: DraftPrice, discount: Discount, notes: Sequence[str], locale: str
    ) -> Self:
        totals = price.totals

        def money(minor: int) -> str:
            return format_money(Money(Minor(minor), price.currency), locale)

        sums = [Sum(label="Subtotal", amount=money(totals.subtotal))]
        if totals.discount:
            percent = discount.percent
            share = "" if percent is None else f" {format_percent(percent, locale)}"
            sums.append(Sum(label=f"Discount{share}", amount=money(-totals.discount)))
        sums += [
            Sum(label=_tax_label(tax, locale), amount=money(tax.tax))
            for tax in totals.taxes
            if tax.rate
        ]
        return cls(
            lines=[None if line is None else money(line.amount) for line in price.lines],
            sums=sums,
            total=money(totals.total),
            notes=notes,
        )


class _Notes:
    """What is left out of a price, said once for each input."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def add(self, refusal: BadInput) -> None:
        """Say what is wrong with an input, and with the others that were refused with it."""
        for each in refusal.all:
            match each.path:
                case ("lines", int(index), *cells):
                    cell = ".".join(map(str, cells))
                    name = f"Line {index + 1}, {LABELS.get(cell, cell)}: "
                case ("lines",) | ():
                    name = ""
                case _:
                    name = "Discount: "
            self.texts.append(f"{name}{each.message}")


def _draft_of(index: int, line: LineInput, locale: str, notes: _Notes) -> LineDraft | None:
    """Return a line, or None if it is empty, has no price yet, or can't be parsed."""
    if line.is_empty:
        return None
    if not line.unit_price.strip():
        notes.texts.append(f"Without line {index + 1}, which has no price yet.")
        return None
    try:
        return parse_line(index, line, locale)
    except BadInput as refusal:
        notes.add(refusal)
        return None


def _tax_label(tax: TaxTotal, locale: str) -> str:
    return f"{tax.name or 'Tax'} {format_percent(tax.rate, locale)}"


@login_required(Permission.MANAGE_INVOICES, max_form_size=MAX_DOCUMENT_FORM_SIZE)
async def price_page(request: DashboardRequest) -> Response:
    """Respond with the totals of a form with lines, as a part of its page."""
    staff = request.staff
    await request.services.rate_limiter.hit(_RATE, "draft-prices", str(staff.credential_id))
    form = Form(request.form, staff.language)
    price = PriceView.of(all_lines(request.form), PriceTerms.of(form), request.company)
    return render_page(request.http, "documents/price.html", {"price": price}, staff.language)

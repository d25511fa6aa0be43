"""Why no tax is charged, in words that invoices must have (Directive 2006/112/EC, article 226)."""

from collections.abc import Sequence
from typing import Final

from i18n.translations import N_, translations_for
from values.taxes import TaxCategory, TaxTotal

_REASONS: Final = {
    TaxCategory.EXEMPT: N_("Exempt from tax"),
    TaxCategory.REVERSE_CHARGE: N_("Reverse charge: the customer accounts for the VAT"),
    TaxCategory.INTRA_COMMUNITY: N_("VAT-exempt intra-Community supply"),
    TaxCategory.EXPORT: N_("VAT-exempt export"),
    TaxCategory.OUT_OF_SCOPE: N_("Not subject to tax"),
}


def tax_reason(
    category: TaxCategory, totals: Sequence[TaxTotal], stated: str | None, language: str
) -> str | None:
    """Return why lines of `category` have no tax, in `language`; None where that is no question.

    `stated` is what the business wrote. It is about the exempt lines, or if a document has none,
    about all lines that aren't taxed.
    """
    if category not in _REASONS:
        return None
    is_exempt = any(total.category is TaxCategory.EXEMPT for total in totals)
    if stated and (category is TaxCategory.EXEMPT or not is_exempt):
        return stated
    return translations_for(language).gettext(_REASONS[category])


def tax_reasons(totals: Sequence[TaxTotal], stated: str | None, language: str) -> tuple[str, ...]:
    """Return why lines of a document have no tax, each reason once."""
    reasons = (tax_reason(total.category, totals, stated, language) for total in totals)
    return tuple(dict.fromkeys(reason for reason in reasons if reason))

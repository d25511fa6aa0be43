"""Words for taxes: VAT, TVA, USt. or the tax's own name, and what a line without tax says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol, Self

from i18n.formatting import format_percent
from i18n.locales import DEFAULT_LANGUAGE, locale_of, text_language
from i18n.translations import N_, translations_for
from values.taxes import TaxCategory

_NAMES: Final[Mapping[tuple[str, str], str]] = {
    ("de", "CH"): "MWST",
    ("de", "LI"): "MWST",
    ("en", "AU"): "GST",
    ("en", "IN"): "GST",
    ("en", "NZ"): "GST",
    ("en", "SG"): "GST",
    ("es", "DO"): "ITBIS",
    ("es", "PA"): "ITBMS",
    ("es", "PE"): "IGV",
    ("ja", ""): "消費税",
    ("ja", "JP"): "消費税",
    ("zh", "TW"): "营业税",
    ("zh-Hant", "TW"): "營業稅",
}
"""The names of the tax in a language where a country, or the language itself, has its own."""
_WITHOUT_VAT: Final = frozenset({"AU", "BR", "CA", "HK", "IN", "JP", "MY", "NZ", "SG", "US"})
"""Countries that tax sales under other names."""

_UNTAXED: Final[Mapping[TaxCategory, str]] = {
    TaxCategory.EXEMPT: N_("%(rate)s exempt"),
    TaxCategory.REVERSE_CHARGE: N_("%(rate)s reverse charge"),
    TaxCategory.INTRA_COMMUNITY: N_("%(rate)s intra-EU"),
    TaxCategory.EXPORT: N_("%(rate)s export"),
    TaxCategory.OUT_OF_SCOPE: N_("Not taxed"),
}
"""What lines say about taxes that the rate alone doesn't describe."""


class NamedTax(Protocol):
    """A tax at a rate in percent. A `name` of None is the word for tax in the language."""

    @property
    def category(self) -> TaxCategory: ...  # noqa: D102
    @property
    def name(self) -> str | None: ...  # noqa: D102
    @property
    def rate(self) -> Decimal: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class TaxWords:
    """How a document in `language` words its taxes. `name` is what it calls the tax."""

    language: str
    name: str

    @classmethod
    def of(cls, taxes: Iterable[NamedTax], country: str | None, language: str) -> Self:
        """Return the words of a document with these taxes, from a business in `country`."""
        names = {tax.name for tax in taxes}
        name = names.pop() if len(names) == 1 else None
        return cls(language=language, name=name or tax_name(country, language))

    def rate(self, tax: NamedTax) -> str:
        """Return a tax beside a line: "19%", "0% reverse charge", or "GST 5%" if it has a name."""
        text = self._rate(tax)
        return text if tax.name in {None, self.name} else f"{tax.name} {text}"

    def tax(self, tax: NamedTax) -> str:
        """Return a tax with its name, for example "VAT 19%"."""
        return f"{tax.name or self.name} {self._rate(tax)}"

    def _rate(self, tax: NamedTax) -> str:
        rate = format_percent(tax.rate, self.language)
        text = _UNTAXED.get(tax.category)
        return translations_for(self.language).gettext(text) % {"rate": rate} if text else rate


def tax_name(country: str | None, language: str) -> str:
    """Return what a business in `country` calls the tax, for example "VAT" or "USt.".

    Without a country, the language's is taken. English without one calls it "Tax".
    """
    _, locale = translations_for(language).gettext, locale_of(language)
    country = country or locale.territory or ("US" if locale.language == DEFAULT_LANGUAGE else "")
    own_name = _NAMES.get((text_language(language), country))
    return own_name or (_("Tax") if country in _WITHOUT_VAT else _("VAT"))

"""Postal addresses as each country writes them."""

from i18n.locales import locale_of
from models.parties import PostalAddress


def format_address(address: PostalAddress, language: str) -> str:
    """Return the address with line breaks, the country's name in `language`."""
    city = " ".join(part for part in (address.postal_code, address.city, address.region) if part)
    country = address.country and locale_of(language).territories.get(address.country)
    return "\n".join(part for part in (*address.lines, city, country) if part)

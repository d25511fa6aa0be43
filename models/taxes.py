"""Taxes on documents: the categories of EN 16931 and the ways to round."""

from enum import StrEnum


class TaxCategory(StrEnum):
    """Why a line has the tax that it has: the VAT category of EN 16931 (BT-151, UNCL5305).

    Only STANDARD has rates above zero.
    """

    STANDARD = "STANDARD"
    """Taxed at a rate above zero, also at a reduced one (code S)."""
    ZERO = "ZERO"
    """Taxed at a rate of 0 % (code Z)."""
    EXEMPT = "EXEMPT"
    """Exempt by law, which the document names (code E)."""
    REVERSE_CHARGE = "REVERSE_CHARGE"
    """The buyer owes the tax (code AE)."""
    INTRA_COMMUNITY = "INTRA_COMMUNITY"
    """A supply of goods to a business in another country of the EU (code K)."""
    EXPORT = "EXPORT"
    """An export to a country outside the EU (code G)."""
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    """Not a subject of this tax at all, such as a deposit (code O)."""


class TaxRounding(StrEnum):
    """How the tax of each rate is rounded to the currency's minor unit."""

    HALF_UP = "HALF_UP"
    """To the nearest unit, halves away from zero. EN 16931 prescribes this."""
    DOWN = "DOWN"
    """Towards zero, which is the custom in Japan."""

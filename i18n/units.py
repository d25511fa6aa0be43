"""Units of quantities: codes of UN/ECE Recommendation 20 and their names in a language.

Most names come from CLDR. A unit that is no known code is free text, which stays as it was typed.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from babel.numbers import format_decimal
from babel.units import format_unit, get_unit_name

from i18n.formatting import format_number, with_minus_sign, without_trailing_zeros
from i18n.locales import locale_of
from i18n.translations import translations_for

_TIMES: Final = {
    "HUR": "duration-hour",
    "LH": "duration-hour",  # labour hour
    "DAY": "duration-day",
    "E49": "duration-day",  # working day
    "WEE": "duration-week",
    "MON": "duration-month",
    "QAN": "duration-quarter",
    "ANN": "duration-year",
    "MIN": "duration-minute",
    "SEC": "duration-second",
}
"""CLDR's units by code. Their names are written out: "5 hours"."""
_MEASURES: Final = {
    "MMT": "length-millimeter",
    "CMT": "length-centimeter",
    "MTR": "length-meter",
    "KMT": "length-kilometer",
    "INH": "length-inch",
    "FOT": "length-foot",
    "YRD": "length-yard",
    "SMI": "length-mile",
    "MTK": "area-square-meter",
    "KMK": "area-square-kilometer",
    "FTK": "area-square-foot",
    "HAR": "area-hectare",
    "ACR": "area-acre",
    "MLT": "volume-milliliter",
    "CLT": "volume-centiliter",
    "LTR": "volume-liter",
    "HLT": "volume-hectoliter",
    "MTQ": "volume-cubic-meter",
    "GLL": "volume-gallon",
    "MGM": "mass-milligram",
    "GRM": "mass-gram",
    "KGM": "mass-kilogram",
    "TNE": "mass-tonne",
    "LBR": "mass-pound",
    "ONZ": "mass-ounce",
    "WTT": "power-watt",
    "KWT": "power-kilowatt",
    "KWH": "energy-kilowatt-hour",
    "4L": "digital-megabyte",
    "E34": "digital-gigabyte",
}
"""The same for units whose symbols are written: "51 m²"."""
_SYMBOLS: Final = {"MWH": "MWh"}
"""Symbols that are the same in all languages."""
_ONE: Final = "C62"
"""Things that are counted, without a name: only the figure is written."""


def _counted(language: str, count: int) -> Mapping[str, str]:
    """Return the texts of things that are counted by code, with a placeholder for the figure."""
    ngettext = translations_for(language).ngettext
    return {
        "EA": ngettext("%(num)s pc", "%(num)s pcs", count),
        "H87": ngettext("%(num)s pc", "%(num)s pcs", count),
        "SET": ngettext("%(num)s set", "%(num)s sets", count),
        "PR": ngettext("%(num)s pair", "%(num)s pairs", count),
        "XPK": ngettext("%(num)s package", "%(num)s packages", count),
        "XBX": ngettext("%(num)s box", "%(num)s boxes", count),
        "XBO": ngettext("%(num)s bottle", "%(num)s bottles", count),
        "XPX": ngettext("%(num)s pallet", "%(num)s pallets", count),
        "LS": ngettext("%(num)s flat rate", "%(num)s flat rates", count),
    }


_LENGTHS: Final[tuple[Literal["long"], Literal["short"]]] = ("long", "short")
_ALIASES: Final = frozenset({"EA", "LH", "E49"})
_SEVERAL: Final = 2
"""A count with a plural in all languages."""
_MANY: Final = Decimal(100)
"""A count whose unit goes with a figure in all languages."""


@lru_cache(maxsize=10_000)
def format_quantity(quantity: Decimal, unit: str | None, language: str) -> str:
    """Return a quantity with its unit, for example "16 hours" or "51 m²".

    The parts are joined by no-break spaces.
    """
    quantity = without_trailing_zeros(quantity)
    number = with_minus_sign(format_number(quantity, language), language)
    if unit is None or unit == _ONE:
        return number
    if code := _TIMES.get(unit) or _MEASURES.get(unit):
        return _measured(quantity, code, language)
    is_whole = quantity == quantity.to_integral_value()
    words = _counted(language, abs(int(quantity)) if is_whole else _SEVERAL).get(unit)
    if words is None:
        words = f"%(num)s {_SYMBOLS.get(unit, unit).replace('%', '%%')}"
    return words.replace("%(num)s ", "%(num)s\N{NO-BREAK SPACE}") % {"num": number}


def _measured(quantity: Decimal, unit: str, language: str) -> str:
    """Return a quantity with CLDR's unit: written out for times, else its symbol."""
    number = with_minus_sign(format_number(quantity, language), language)
    for length in _LENGTHS if unit in _TIMES.values() else _LENGTHS[1:]:
        for counted in (quantity, _MANY):
            figure, text = _formatted(counted, unit, length, language)
            # In some languages, a plural is missing, or one and two are words without a figure.
            if figure in text and unit not in text:
                return text.replace(figure, number).replace(" ", "\N{NO-BREAK SPACE}")
    name = get_unit_name(unit, "short", locale_of(language)) or unit
    return f"{number}\N{NO-BREAK SPACE}{name}"


def _formatted(
    quantity: Decimal, unit: str, length: Literal["long", "short"], language: str
) -> tuple[str, str]:
    """Return a quantity alone and with CLDR's unit, in ASCII digits."""
    locale = locale_of(language)
    pattern = locale.decimal_formats[None].pattern.replace("0.###", "0.######")
    figure: str = format_decimal(quantity, pattern, locale)
    text: str = format_unit(quantity, unit, length, pattern, locale)
    return figure, text


def unit_names(language: str) -> Mapping[str, str]:
    """Return the codes to choose from with their names in `language`, such as "hours"."""
    locale = locale_of(language)
    counted = _counted(language, _SEVERAL)
    names = {code: words.replace("%(num)s", "").strip() for code, words in counted.items()}
    for code, unit in (_TIMES | _MEASURES).items():
        long, short = (get_unit_name(unit, length, locale) for length in _LENGTHS)
        names[code] = long or short or code
    return {code: name for code, name in (names | _SYMBOLS).items() if code not in _ALIASES}

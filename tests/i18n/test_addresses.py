"""Postal addresses as each country writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i18n.addresses import format_address
from values.parties import COUNTRIES, PostalAddress

_WORDS = st.text(alphabet="abcdef", min_size=1, max_size=6).map(str.title)


def _address(country: str | None, *lines: str, **parts: str) -> PostalAddress:
    return PostalAddress(lines=lines, country=country, **parts)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            _address("DE", "Am Speicher XI 4", postal_code="28217", city="Bremen"),
            "Am Speicher XI 4\n28217 Bremen\nGermany",
        ),
        (
            _address("FR", "12 rue de la Paix", "Bâtiment B", postal_code="75002", city="Paris"),
            "12 rue de la Paix\nBâtiment B\n75002 Paris\nFrance",
        ),
        (
            _address("GB", "10 Downing Street", postal_code="SW1A 2AA", city="London"),
            "10 Downing Street\nLondon\nSW1A 2AA\nUnited Kingdom",
        ),
        (
            _address("US", "1 Main St", postal_code="78701", city="Austin", region="TX"),
            "1 Main St\nAustin, TX 78701\nUnited States",
        ),
        (
            _address("CA", "1 Rue Cartier", postal_code="H2Y 1A1", city="Montréal", region="QC"),
            "1 Rue Cartier\nMontréal QC H2Y 1A1\nCanada",
        ),
        (
            _address("CH", "Seestrasse 1", postal_code="8002", city="Zürich", region="ZH"),
            "Seestrasse 1\n8002 Zürich\nZH\nSwitzerland",
        ),
        (
            _address("PL", "ul. Długa 5/2", postal_code="80-831", city="Gdańsk"),
            "ul. Długa 5/2\n80-831 Gdańsk\nPoland",
        ),
        (
            _address("AE", "PO Box 1234", city="Dubai", region="Dubai"),
            "PO Box 1234\nDubai\nUnited Arab Emirates",
        ),
        (
            _address("JP", "千代田1-1", postal_code="100-8111", city="千代田区", region="東京都"),
            "〒100-8111\n東京都千代田区\n千代田1-1\nJapan",
        ),
        (
            _address(
                "JP", "1-1 Chiyoda", postal_code="100-8111", city="Chiyoda-ku", region="Tokyo"
            ),
            "1-1 Chiyoda\nChiyoda-ku, Tokyo 100-8111\nJapan",
        ),
    ],
)
def test_parts_stand_where_the_country_writes_them(address: PostalAddress, expected: str) -> None:
    assert format_address(address, "en") == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (_address("US", city="Austin", postal_code="78701"), "Austin 78701"),
        (_address("US", region="TX", postal_code="78701"), "TX 78701"),
        (_address("BR", city="São Paulo"), "São Paulo"),
        (_address("TR", region="Ankara", postal_code="06420"), "06420/Ankara"),
        (_address("DE", "Hof 1"), "Hof 1"),
    ],
)
def test_missing_parts_leave_nothing_behind(address: PostalAddress, expected: str) -> None:
    assert format_address(address, "en", home=address.country) == expected


def test_the_country_is_named_in_the_language_unless_both_are_there() -> None:
    address = _address("CH", "Seestrasse 1", postal_code="8002", city="Zürich")
    assert format_address(address, "de", home="DE").endswith("\nSchweiz")
    assert format_address(address, "fr-CA", home=None).endswith("\nSuisse")
    assert format_address(address, "de", home="CH") == "Seestrasse 1\n8002 Zürich"


@given(st.sampled_from(sorted(COUNTRIES)), st.lists(_WORDS, max_size=3), _WORDS, _WORDS, _WORDS)
def test_no_country_drops_a_part(
    country: str, lines: list[str], city: str, region: str, postal_code: str
) -> None:
    address = PostalAddress(
        lines=tuple(lines), postal_code=postal_code, city=city, region=region, country=country
    )
    text = format_address(address, "en")
    assert all(part in text for part in (*lines, city, region, postal_code))
    assert "" not in text.split("\n")

"""Typed text: what is dropped from it, what is empty, and which e-mail addresses are valid."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import BadInput
from services.common.invisible import is_blank
from services.common.validation import clean, clean_email, clean_optional
from services.ledger.number_formats import clean_number

INVISIBLE = (
    *("\u200b", "\ufeff", "\u00ad", "\u2060", "\u202e", "\u3164", "\ufe0f", "\u200d \u2800"),
    *("\ufffe", "\U0010ffff", "\ufdd0"),
)


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_a_text_that_nobody_sees_is_empty(text: str) -> None:
    assert clean_optional(text, "name", most=200) is None
    assert clean_optional(f"\n{text}\n", "notes", most=200, multiline=True) is None
    assert clean_number(text) is None
    with pytest.raises(BadInput):
        clean(text, "name", most=200)


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_numbers_do_not_differ_in_what_nobody_sees(text: str) -> None:
    assert clean_number(f"INV{text.replace(' ', '')}-1") == "INV-1"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\ufeffAcme\u200b Ltd", "Acme Ltd"),
        ("\u202eegami\u202c.png", "egami.png"),
        ("\u2066Acme\u2069", "Acme"),
        ("\u0646\u0627\u0645\u0647\u200c\u0647\u0627",) * 2,
        ("👩\u200d🔧 ❤\ufe0f", "👩\u200d🔧 ❤\ufe0f"),
        ("\u05d0\u200f!", "\u05d0\u200f!"),
    ],
    ids=ascii,
)
def test_a_line_keeps_only_marks_that_its_script_needs(typed: str, kept: str) -> None:
    assert clean(typed, "name", most=200) == kept


def test_what_is_seen_begins_on_the_first_line() -> None:
    typed = "\u200b\n \ufffe\nWork\ufffe\n\u2060\nby the hour\n\u200b\n"
    assert clean(typed, "description", most=200, multiline=True) == "Work\n\u2060\nby the hour"


@given(st.text())
def test_a_cleaned_line_can_be_seen_and_stays_as_it_is(text: str) -> None:
    line = clean_optional(text, "name", most=10_000)
    assert line is None or not is_blank(line)
    assert clean_optional(line, "name", most=10_000) == line
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in line or "")


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com",
        "o'brien+tag@mail.example.co.uk",
        "müller@bücher.example",
        "用户@例え.jp",
        "office@server.local",
    ],
)
def test_addresses_are_accepted(address: str) -> None:
    assert clean_email(f"\u200e {address}\u200b\n\ufeff") == address


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example?subject=x",
        "a@b.example/path",
        "a@b.example#x",
        "a%0d%0abcc:x@b",
        "ada",
        "ada@localhost",
        "@example.com",
        "a b@example.com",
        "a@example..com",
        "a@-example.com",
        ".a@example.com",
        '"a b"@example.com',
        "a@[127.0.0.1]",
        "=?utf-8?q?a?=@example.com",
        "a\u200cb@example.com",
        "a@exam\u200dple.com",
        "Ada <ada@example.com>",
        "a@example.com,b@example.com",
        "x" * 65 + "@example.com",
        "a@" + "x" * 64 + ".com",
        "a" * 300 + "@example.com",
        "\N{FULLWIDTH LATIN SMALL LETTER A}da@example.com",
        "ada\N{FULLWIDTH COMMERCIAL AT}example.com",
        "\N{LATIN SMALL LIGATURE FI}@example.com",
    ],
    ids=ascii,
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(BadInput) as refusal:
        clean_email(address, "to")
    assert refusal.value.path == ("to",)


def test_a_refusal_of_full_width_letters_says_how_to_write_them() -> None:
    with pytest.raises(BadInput, match=r"ordinary letters in the address: ada@example\.com"):
        clean_email("\N{FULLWIDTH LATIN SMALL LETTER A}da@example.com")

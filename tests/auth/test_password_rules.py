"""Which passwords may be chosen."""

import pytest

from auth.password_rules import MAX_PASSWORD, check_password
from errors import BadInput

_NAMES = ("Ada Lovelace", "ada.lovelace@kilnharbour.example", "Kiln & Harbour")


def _refusal(password: str) -> str:
    with pytest.raises(BadInput) as refusal:
        check_password(password, _NAMES)
    assert refusal.value.field == "password"
    return refusal.value.message


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("", "Enter a password."),
        (" " * 9, "Enter a password."),
        ("1234567", "Use at least 8 characters."),
        ("p" * (MAX_PASSWORD + 1), "Use at most 1,024 characters."),
        ("bytes \udcff that are no text", "Use valid Unicode characters only."),
    ],
)
def test_a_password_is_a_text_with_a_length(password: str, message: str) -> None:
    assert _refusal(password) == message


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "12345678",
        "P4ssw0rd!",
        "monkey99!!",
        "qwerty2026!",
        "zxcvbnm,",
        "aaaaaaaa",
        "abcabcabc",
        "passwordpassword",
        "password password",
        "p a s s w o r d",
        "1234-5678",
        "\N{FULLWIDTH LATIN SMALL LETTER P}assword",
        "\x00" * 9,
    ],
)
def test_a_common_password_or_a_variant_of_one_is_refused(password: str) -> None:
    assert _refusal(password).startswith("This password is too common.")


@pytest.mark.parametrize(
    "password",
    [
        "L0velace99",
        "ada.lovelace!",
        "KilnHarbour",
        "Kiln&Harbour28112026",
        "example-ada-1815",
        "Invotify2026!",
    ],
)
def test_a_password_made_of_names_is_refused(password: str) -> None:
    assert _refusal(password).startswith("This password is easy to guess from a name")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "Ada loves lace a lot",
        "harbour lights at nine",
        "8391746520571",
        "日本語のパスワード",
        "x7$kQ!m2",
        "pqrstuvw" * 127 + "another",
    ],
)
def test_other_passwords_are_taken(password: str) -> None:
    check_password(password, _NAMES)

"""VAT ids: what is accepted, how it is stored, and what is a tax number instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import BadInput
from services.common.tax_ids import _EXAMPLES, clean_vat_id, split_tax_id


@pytest.mark.parametrize("example", _EXAMPLES.values())
def test_examples_in_messages_are_valid(example: str) -> None:
    assert clean_vat_id(example.lower(), "vatId", None)


@pytest.mark.parametrize(
    ("typed", "country", "stored"),
    [
        (" DE 136 695 976 ", None, "DE136695976"),
        ("136695976", "DE", "DE136695976"),
        ("atu13585627", None, "ATU13585627"),
        ("U13585627", "AT", "ATU13585627"),
        ("GR 094259216", None, "EL094259216"),
        ("094259216", "GR", "EL094259216"),
        ("NL4495445B01", None, "NL004495445B01"),
        ("GB 980 7806 84", None, "GB980780684"),
        ("XI 980 7806 84", None, "XI980780684"),
        ("CHE-107.787.577 MWST", None, "CHE107787577MWST"),
        ("CHE-107.787.577", None, "CHE107787577"),
        ("NO 995 525 828 MVA", None, "NO995525828MVA"),
        ("995 525 828", "NO", "NO995525828MVA"),
        ("t7-0000-1205-0002", None, "T7000012050002"),
        ("7000012050002", "JP", "T7000012050002"),
    ],
)
def test_ids_are_stored_without_spaces_and_with_their_prefix(
    typed: str, country: str | None, stored: str
) -> None:
    assert clean_vat_id(typed, "vatId", country) == stored
    assert clean_vat_id(stored, "vatId", country) == stored


@pytest.mark.parametrize(
    ("typed", "country"),
    [("51 824 753 556", "AU"), ("27AAPFU0939F1ZV", "IN"), ("12-3", None)],
)
def test_ids_of_other_countries_stay_as_they_were_typed(typed: str, country: str | None) -> None:
    assert clean_vat_id(typed, "vatId", country) == typed


@pytest.mark.parametrize("typed", ["", " ", "\t\n", None])
def test_nothing_typed_is_none(typed: str | None) -> None:
    assert clean_vat_id(typed, "vatId", "DE") is None


@pytest.mark.parametrize(
    ("typed", "country", "expected"),
    [
        ("DE123456789", None, "There is a typo in this VAT ID: its check digits are wrong. "),
        ("136695977", "DE", "There is a typo in this VAT ID: its check digits are wrong. "),
        ("DE1366959", None, "This isn't a valid VAT ID. "),
    ],
)
def test_a_wrong_id_is_refused_with_an_example(
    typed: str, country: str | None, expected: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        clean_vat_id(typed, "vatId", country)
    assert refusal.value.field == "vatId"
    assert refusal.value.message == f"{expected}Enter one like DE136695976 (Germany)."


@given(st.sampled_from(["AT", "DE", "FI", "FR", "IT", "PL", "SI"]), st.data())
def test_no_wrong_digit_goes_unnoticed(prefix: str, data: st.DataObject) -> None:
    example = _EXAMPLES[prefix]
    place = data.draw(st.sampled_from([i for i, c in enumerate(example) if c.isdigit()]))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != example[place]]))
    with pytest.raises(BadInput):
        clean_vat_id(example[:place] + digit + example[place + 1 :], "vatId", None)


@pytest.mark.parametrize(
    ("typed", "vat_id", "tax_number"),
    [
        ("de 136 695 976", "DE136695976", None),
        ("DE 123 456 789", "DE123456789", None),
        ("CHE-107.787.577 MWST", "CHE107787577MWST", None),
        ("12/345/67890", None, "12/345/67890"),
        ("SIREN 123 456 789", None, "SIREN 123 456 789"),
        ("5830001234", None, "5830001234"),
        ("T7000012050002", "T7000012050002", None),
        ("T700001205", None, "T700001205"),
        (None, None, None),
    ],
)
def test_a_number_is_a_vat_id_if_it_looks_like_one(
    typed: str | None, vat_id: str | None, tax_number: str | None
) -> None:
    assert split_tax_id(typed) == {"vat_id": vat_id, "tax_number": tax_number}

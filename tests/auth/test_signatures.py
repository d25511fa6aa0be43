"""Signatures, while one key is replaced by another."""

from auth.signatures import Signatures


def test_the_first_key_signs_and_all_keys_are_valid() -> None:
    signed = Signatures(["old"]).sign("text")
    assert Signatures(["new", "old"]).is_valid(signed, "text")
    assert not Signatures(["new"]).is_valid(signed, "text")
    assert Signatures(["new", "old"]).sign("text") == Signatures(["new"]).sign("text")


def test_a_signature_is_valid_for_its_text_only() -> None:
    signatures = Signatures(["key"])
    assert not signatures.is_valid(signatures.sign("text"), "another text")
    assert not signatures.is_valid("ü", "text")

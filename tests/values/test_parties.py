"""Parties are stored as JSON and read back the same."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from models.party_snapshots import digest_of
from values.parties import BankDetails, Buyer, PaperSize, PostalAddress, Seller, TaxIds

_TEXT = st.text(min_size=1, max_size=20)
_OPTIONAL = st.none() | _TEXT
_ADDRESS = st.builds(
    PostalAddress,
    lines=st.lists(_TEXT, min_size=1, max_size=3).map(tuple),
    postal_code=_OPTIONAL,
    city=_OPTIONAL,
    region=_OPTIONAL,
    country=st.none() | st.sampled_from(["DE", "JP", "XK"]),
)
_TAX_IDS = st.builds(
    TaxIds,
    vat_id=_OPTIONAL,
    tax_number=_OPTIONAL,
    registration_id=_OPTIONAL,
    registration_scheme=_OPTIONAL,
    endpoint=_OPTIONAL,
)
_BUYERS = st.builds(
    Buyer,
    name=_TEXT,
    address=st.none() | _ADDRESS,
    free_address=_OPTIONAL,
    tax_ids=_TAX_IDS,
    email=_OPTIONAL,
)
_SELLERS = st.builds(
    Seller,
    name=_TEXT,
    address=st.none() | _ADDRESS,
    free_address=_OPTIONAL,
    tax_ids=_TAX_IDS,
    bank=st.builds(BankDetails, iban=_OPTIONAL, account_lines=_OPTIONAL),
    contact_name=_OPTIONAL,
    footer=_OPTIONAL,
    paper_size=st.sampled_from(PaperSize),
)


@given(_BUYERS | _SELLERS)
def test_a_party_is_read_back_as_it_was_stored(party: Buyer | Seller) -> None:
    content = party.to_json().decode()
    read = Seller.parse(content) if isinstance(party, Seller) else Buyer.parse(content)
    assert read == party
    assert digest_of(read) == digest_of(party)


@given(_BUYERS, _BUYERS)
def test_only_equal_parties_share_a_digest(first: Buyer, second: Buyer) -> None:
    assert (digest_of(first) == digest_of(second)) is (first == second)


def test_a_snapshot_from_before_a_field_was_added_can_be_read() -> None:
    buyer = Buyer(name="Ada", address=None, free_address=None, tax_ids=TaxIds())
    values = orjson.loads(buyer.to_json())
    del values["email"], values["tax_ids"]["endpoint"]
    assert Buyer.parse(orjson.dumps(values).decode()) == buyer


def test_a_seller_from_before_papers_could_be_chosen_prints_on_a4() -> None:
    seller = Seller(
        name="Ada", address=None, free_address=None, tax_ids=TaxIds(), bank=BankDetails()
    )
    values = orjson.loads(seller.to_json())
    del values["paper_size"]
    assert Seller.parse(orjson.dumps(values).decode()).paper_size is PaperSize.A4

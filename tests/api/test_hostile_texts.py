"""No text ends in a fault, whoever sends it. The schema is walked, which covers new operations."""

from itertools import cycle
from typing import Final

from tests.support.clients import Business, new_ip
from tests.support.operations import ROOTS, Operation, Path, ids_of, leaves, make_operation

_TEXTS: Final = (
    "a" * 20_000,
    "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}" * 254,  # longer in lower case
    "\N{HEBREW LETTER ALEF WITH QAMATS}" * 200,  # longer in NFC
    "\x00\u200b\u202e\uffff",
)
_ENDS_THE_CREDENTIAL: Final = "signOut"


def _operations() -> list[tuple[Operation, Path]]:
    """Return each operation with the path of a text that it takes."""
    return [
        (make_operation(kind, name, field, wanted=[path]), path)
        for kind, name, field in ROOTS
        if kind != "subscription" and name != _ENDS_THE_CREDENTIAL
        for path, type_name in leaves(field)
        if type_name == "String"
    ]


async def test_no_text_is_a_fault(business: Business) -> None:
    customer_id = await business.make_customer()
    invoice_id = await business.make_draft(customerId=customer_id)
    quote_id = await business.make_quote(customerId=customer_id)
    ids = {"customerId": customer_id, "invoiceId": invoice_id, "quoteId": quote_id}
    for (operation, path), text in zip(_operations(), cycle(_TEXTS), strict=False):
        business.ip = new_ip()  # beyond rate limits, nothing would be tried
        own = {id_: ids[str(id_[-1])] for id_ in ids_of(operation.field) if id_[-1] in ids}
        values = {id_: value for id_, value in own.items() if operation.has(id_)}
        refusals = await operation.refusal(business, operation.filled({**values, path: text}))
        assert "INTERNAL" not in [refusal["code"] for refusal in refusals], (operation.name, path)

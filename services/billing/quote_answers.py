"""Answers of clients, who accept or decline the quotes behind their links."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from auth.staff import client_actor
from db.transactions import transactional
from errors import Conflict, NotFound, Text, gather_refusals
from models import Customer, Quote, QuoteStatus
from models.companies import today_of
from models.documents import DOCUMENT_PARENTS
from services.billing.quotes import can_decide, decide
from services.common import idempotency
from services.common.lookups import lock_document
from services.common.validation import clean, clean_optional
from services.sharing.tokens import SharedQuote

_ANSWERED: Final = {
    QuoteStatus.ACCEPTED: Text("This quote is already accepted."),
    QuoteStatus.DECLINED: Text("This quote is already declined."),
}


class AnswerReason(StrEnum):
    """Why a client's answer is refused."""

    QUOTE_ANSWERED = "QUOTE_ANSWERED"
    QUOTE_EXPIRED = "QUOTE_EXPIRED"


class QuoteAnswered(Conflict):
    """The quote has the other answer, which is final for the client."""

    reason = AnswerReason.QUOTE_ANSWERED


class QuoteExpired(Conflict):
    """The quote's last valid day has passed."""

    reason = AnswerReason.QUOTE_EXPIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteAnswer:
    """What a client answers."""

    accepts: bool
    name: str
    note: str | None = None
    purchase_order: str | None = None
    """Only of a client who accepts."""
    ip: str | None = None

    @property
    def decision(self) -> QuoteStatus:
        """The status that the quote gets."""
        return QuoteStatus.ACCEPTED if self.accepts else QuoteStatus.DECLINED

    def columns(self) -> dict[str, str | None]:
        """Return the columns of the quote. Raises BadInput with all that is wrong."""
        with gather_refusals() as refusals:
            order = refusals.of(clean_optional, self.purchase_order, "purchaseOrder", most=100)
            return {
                "answered_by": refusals.of(clean, self.name, "name", most=200),
                "answer_note": refusals.of(
                    clean_optional, self.note, "note", most=2000, multiline=True
                ),
                "answer_purchase_order": order if self.accepts else None,
                "answer_ip": self.ip,
            }


@transactional
async def answer_quote(link: SharedQuote, answer: QuoteAnswer) -> Quote:
    """Accept or decline the quote behind a link, and return it.

    It has its parents. Does nothing if the quote has this answer already, from
    whomever. Of two different answers at the same time, one is refused. Raises NotFound if the link
    was revoked in the meantime, BadInput, QuoteAnswered, and QuoteExpired.
    """
    columns, shared = answer.columns(), link.quote
    actor = client_actor(shared.company_id, columns["answered_by"] or "")
    company = await idempotency.lock_company(actor)
    quote = await lock_document(Quote, actor, str(shared.id))
    if not link.opens(quote, await Customer.get(id=quote.customer_id)):
        raise NotFound
    if quote.status is not answer.decision:
        if can_decide(quote):
            raise QuoteAnswered(_ANSWERED[quote.status])
        if quote.is_expired(today_of(company)):
            raise QuoteExpired(Text("This quote has expired. Ask for a new one."))
        await decide(actor, company, quote, answer.decision, columns)
    for parent in DOCUMENT_PARENTS:
        setattr(quote, parent, getattr(shared, parent))
    return quote

"""The questions about a document and their answers, for the document's page."""

from typing import Any

from models import EmailDelivery
from services.email.answers import load_deliveries
from services.ledger.document_numbers import Document
from services.sharing.questions import load_thread


async def thread_values(document: Document) -> dict[str, Any]:
    """Return the values of `thread.html`: the questions with their answers, and the e-mails."""
    thread = await load_thread(document, with_deleted=True)
    answers = [answer.id for question in thread.questions for answer in question.loaded_answers]
    deliveries = await load_deliveries(answers) if answers else []
    emails: dict[object, EmailDelivery | None] = dict(zip(answers, deliveries, strict=True))
    return {"thread": thread, "emails": emails}

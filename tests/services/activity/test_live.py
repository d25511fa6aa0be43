"""What live events say."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from models import Customer, Invoice, InvoiceChange, InvoiceUpdate
from services.activity.live import sentence_of_update


def _sentence(change: InvoiceChange, **columns: Any) -> str:
    update = InvoiceUpdate(change=change, sequence=1, at=datetime.now(UTC), **columns)
    invoice = Invoice(number="INV-00001", currency="EUR")
    return sentence_of_update(update, invoice, Customer(name="Ada Lovelace"), "en")


@pytest.mark.parametrize("change", InvoiceChange)
def test_every_event_has_a_sentence_with_its_document(change: InvoiceChange) -> None:
    assert "INV-00001" in _sentence(change, amount=2_000, actor="Ines")


def test_an_answer_is_told_from_a_question_that_was_closed() -> None:
    answered = _sentence(InvoiceChange.QUESTION_ANSWERED, actor="Ines", subject_id=uuid4())
    closed = _sentence(InvoiceChange.QUESTION_ANSWERED, actor="Ines")
    assert answered == "Ines answered Ada Lovelace about INV-00001"
    assert closed == "Ines closed a question of Ada Lovelace about INV-00001"

"""Clients ask about documents, and staff answer."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest

from models import Answer, AuditEntry, Invoice, InvoiceUpdate, Question, WebhookDelivery
from tests.support.clients import Business, Caller

_ASK: Final = "mutation($input: AskQuestionInput!) { askQuestion(input: $input) { asked } }"
_THREAD: Final = "questions { name text answers { author text } }"
_TEXT: Final = "Can you put our order number on it?"


async def _ask(caller: Caller, token: str, text: str = _TEXT, **more: object) -> bool:
    given = {"token": token, "name": "Rowan Ashby", "text": text, **more}
    asked: bool = (await caller.gql(_ASK, input=given))["askQuestion"]["asked"]
    return asked


async def _refusal_of(caller: Caller, token: str, **more: object) -> Any:
    given = {"token": token, "name": "Rowan Ashby", "text": _TEXT, **more}
    return (await caller.refused(_ASK, input=given)).errors[0]["extensions"]


async def _answer(business: Business, text: str, **more: object) -> Any:
    question = await Question.get(company_id=business.company_id)
    payload = await business.mutate(
        "answerQuestion",
        "AnswerQuestionInput",
        "{ question { answeredAt answers { author text } } }",
        questionId=str(question.id),
        text=text,
        **more,
    )
    return payload["question"]


async def _waiting(business: Business) -> list[str]:
    query = "{ company { questions(answered: false) { edges { node { text } } } } }"
    edges = (await business.gql(query))["company"]["questions"]["edges"]
    return [edge["node"]["text"] for edge in edges]


async def _shared(business: Business, kind: str) -> tuple[str, str]:
    """Return the public field of a new shared document of a kind, and its token."""
    match kind:
        case "invoice":
            return kind, await business.share(await business.make_invoice())
        case "quote":
            return kind, await business.share_quote(await business.make_quote())
        case _:
            customer = await business.make_customer()
            note = await business.make_credit_note(customer, "10")
            return "creditNote", await business.share_credit_note(note)


@pytest.mark.parametrize("kind", ["invoice", "quote", "credit note"])
async def test_both_sides_see_the_thread(business: Business, kind: str) -> None:
    field, token = await _shared(business, kind)
    assert await _ask(business.stranger, token, " <b>Why?</b>\r\n1 ", email="rowan@example.com")
    assert await _waiting(business) == ["<b>Why?</b>\n1"]
    answered = await _answer(business, "Because.")
    assert await _waiting(business) == []
    author = (await business.gql("{ me { name } }"))["me"]["name"]
    assert answered["answers"] == [{"author": author, "text": "Because."}]
    query = f"query($token: String!) {{ {field}(token: $token) {{ {_THREAD} }} }}"
    seen = (await business.stranger.gql(query, token=token))[field]["questions"]
    assert seen == [
        {"name": "Rowan Ashby", "text": "<b>Why?</b>\n1", "answers": answered["answers"]}
    ]
    listed = "{ company { questions { edges { node {"
    listed += f" email ip customer {{ name }} {field} {{ {_THREAD} }} }} }} }} }} }}"
    [edge] = (await business.gql(listed))["company"]["questions"]["edges"]
    assert edge["node"] == {
        "email": "rowan@example.com",
        "ip": edge["node"]["ip"],
        "customer": {"name": "Ada Lovelace"},
        field: {"questions": seen},
    }


async def test_a_portal_can_ask_about_each_of_its_documents(business: Business) -> None:
    customer = await business.make_customer()
    invoice = await business.make_invoice(customerId=customer)
    quote = await business.make_quote(customerId=customer)
    await business.share_quote(quote)
    other = await business.make_invoice()
    token = await business.share_portal(customer)
    for id_, field in ((invoice, "invoice"), (quote, "quote")):
        document = await getattr(business, field)(id_, "number")
        await _ask(business.stranger, token, number=document["number"])
        thread = (await getattr(business, field)(id_, _THREAD))["questions"]
        assert [each["text"] for each in thread] == [_TEXT]
    foreign = (await business.invoice(other, "number"))["number"]
    for number in (foreign, "INV-0", None):
        refusal = await _refusal_of(business.stranger, token, number=number)
        assert refusal == {"code": "NOT_FOUND"}


async def test_a_revoked_link_asks_nothing_and_a_new_one_shows_the_thread(
    business: Business,
) -> None:
    invoice = await business.make_invoice()
    token = await business.share(invoice)
    await _ask(business.stranger, token)
    await business.revoke(invoice)
    assert await _refusal_of(business.stranger, token, text="?") == {"code": "NOT_FOUND"}
    assert await Question.filter(company_id=business.company_id).count() == 1
    again = await business.share(invoice)
    query = f"query($token: String!) {{ invoice(token: $token) {{ {_THREAD} }} }}"
    seen = await business.stranger.gql(query, token=again)
    assert [each["text"] for each in seen["invoice"]["questions"]] == [_TEXT]


async def test_a_cancelled_invoice_can_be_asked_about(business: Business) -> None:
    invoice = await business.make_invoice()
    token = await business.share(invoice)
    await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=invoice)
    assert await _ask(business.stranger, token)


async def test_the_same_question_is_asked_once_a_day(business: Business) -> None:
    _, token = await _shared(business, "invoice")
    await asyncio.gather(*(_ask(business.stranger, token) for _ in range(3)))
    [question] = await Question.filter(company_id=business.company_id)
    past = datetime.now(UTC) - timedelta(days=1, minutes=1)
    await Question.filter(id=question.id).update(asked_at=past)
    await _ask(business.stranger, token)
    assert await Question.filter(company_id=business.company_id).count() == 2
    await _ask(business.stranger, token, email="rowan@example.com")  # where the answer should go
    assert await Question.filter(company_id=business.company_id).count() == 3


async def test_a_document_takes_ten_questions_a_day(business: Business) -> None:
    invoice = await Invoice.get(id=await business.make_invoice())
    token = await business.share(str(invoice.id))
    asked = {"company_id": invoice.company_id, "customer_id": invoice.customer_id, "name": "N"}
    await Question.bulk_create(
        [Question(invoice_id=invoice.id, text=f"{n}", **asked) for n in range(9)]
    )
    assert await _ask(business.stranger, token, "the tenth")
    refusal = await _refusal_of(business.stranger, token, text="one more")
    assert refusal["code"] == "RATE_LIMITED"
    assert 86_000 < refusal["retryAfter"] <= 86_400
    assert await Question.filter(invoice_id=invoice.id).count() == 10


async def test_a_customer_takes_thirty_questions_a_day(business: Business) -> None:
    customer = await business.make_customer()
    ids = [await business.make_invoice(customerId=customer) for _ in range(4)]
    asked = {"company_id": business.company_id, "customer_id": customer, "name": "N"}
    await Question.bulk_create(
        [Question(invoice_id=ids[n % 3], text=f"{n}", **asked) for n in range(28)]
    )
    tokens = [await business.share(id_) for id_ in ids]
    asking = (_ask(business.stranger, token) for token in tokens)
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert results.count(True) == 2
    refusal = await _refusal_of(business.stranger, tokens[0], text="?")
    assert refusal["code"] == "RATE_LIMITED"
    assert await Question.filter(customer_id=customer).count() == 30


async def test_all_that_is_wrong_with_a_question_is_reported(business: Business) -> None:
    _, token = await _shared(business, "invoice")
    wrong: dict[str, Any] = {"name": "", "text": "x" * 2001, "email": "no address"}
    refusal = await _refusal_of(business.stranger, token, **wrong)
    assert {error["field"] for error in refusal["errors"]} == {"name", "text", "email"}
    assert await Question.filter(company_id=business.company_id).count() == 0


async def test_followers_and_webhooks_hear_of_a_question(business: Business) -> None:
    hook = {"url": "https://127.0.0.1/hook", "events": ["QUESTION_ASKED"]}
    await business.mutate("createWebhook", "CreateWebhookInput", "{ secret }", **hook)
    _, token = await _shared(business, "invoice")
    for _ in range(2):
        await _ask(business.stranger, token)
    await _answer(business, "Yes.")
    changes = InvoiceUpdate.filter(company_id=business.company_id).order_by("sequence")
    heard = [(each.change.value, each.actor is not None) for each in await changes]
    assert heard[1:] == [("QUESTION_ASKED", False), ("QUESTION_ANSWERED", True)]
    question = await Question.get(company_id=business.company_id)
    [told] = await WebhookDelivery.filter(company_id=business.company_id)
    assert (told.event, told.subject_id) == ("QUESTION_ASKED", str(question.id))


async def test_a_repeated_answer_is_written_once(business: Business) -> None:
    _, token = await _shared(business, "quote")
    await _ask(business.stranger, token)
    key = uuid4().hex
    answers = [_answer(business, "Yes.", idempotencyKey=key) for _ in range(3)]
    first, *others = await asyncio.gather(*answers)
    assert others == [first, first]
    assert await Answer.filter(company_id=business.company_id).count() == 1


async def test_a_closed_question_waits_no_more(business: Business) -> None:
    _, token = await _shared(business, "invoice")
    await _ask(business.stranger, token)
    question = await Question.get(company_id=business.company_id)
    for _ in range(2):
        await business.mutate(
            "closeQuestion", "QuestionRef", "{ question { id } }", questionId=str(question.id)
        )
    assert await _waiting(business) == []
    changes = InvoiceUpdate.filter(company_id=business.company_id, change="QUESTION_ANSWERED")
    assert await changes.count() == 1


async def _delete(business: Business) -> Any:
    question = await Question.get(company_id=business.company_id)
    selection = "{ question { name email text ip deletedAt answers { text } } }"
    payload = await business.mutate(
        "deleteQuestion", "QuestionRef", selection, questionId=str(question.id)
    )
    return payload["question"]


@pytest.mark.parametrize("kind", ["invoice", "quote", "credit note"])
async def test_nothing_that_was_written_outlives_a_deleted_question(
    business: Business, kind: str
) -> None:
    hook = {"url": "https://127.0.0.1/hook", "events": ["QUESTION_ASKED"]}
    await business.mutate("createWebhook", "CreateWebhookInput", "{ secret }", **hook)
    field, token = await _shared(business, kind)
    await _ask(business.stranger, token, email="rowan@example.com")
    await _answer(business, "Yes, Rowan.")
    first, second = await asyncio.gather(_delete(business), _delete(business))
    assert first == second
    gone = {"name": "", "email": None, "text": "", "ip": None, "answers": [{"text": ""}]}
    assert first == gone | {"deletedAt": first["deletedAt"]}
    assert first["deletedAt"] is not None
    query = f"query($token: String!) {{ {field}(token: $token) {{ {_THREAD} }} }}"
    assert (await business.stranger.gql(query, token=token))[field]["questions"] == []
    assert not await WebhookDelivery.filter(company_id=business.company_id).exists()
    [entry] = await AuditEntry.filter(company_id=business.company_id, action="QUESTION_DELETED")
    assert entry.subject.startswith(f"{kind} ")
    changes = InvoiceUpdate.filter(company_id=business.company_id, change="QUESTION_DELETED")
    assert await changes.count() == 1


async def test_a_deleted_question_takes_no_answer(business: Business) -> None:
    _, token = await _shared(business, "invoice")
    await _ask(business.stranger, token)
    await _delete(business)
    assert await _waiting(business) == []
    question = await Question.get(company_id=business.company_id)
    answer = "mutation($input: AnswerQuestionInput!) { answerQuestion(input: $input) {"
    answer += " question { id } } }"
    given = {"questionId": str(question.id), "text": "No."}
    assert (await business.refused(answer, input=given)).code == "CONFLICT"
    assert await Answer.filter(company_id=business.company_id).count() == 0


async def test_only_those_who_manage_invoices_answer(business: Business) -> None:
    _, token = await _shared(business, "invoice")
    await _ask(business.stranger, token)
    viewer = await business.make_key("VIEW_INVOICES")
    question = await Question.get(company_id=business.company_id)
    answer = "mutation($input: AnswerQuestionInput!) { answerQuestion(input: $input) {"
    answer += " question { id } } }"
    given = {"questionId": str(question.id), "text": "No."}
    assert (await viewer.refused(answer, input=given)).code == "FORBIDDEN"
    assert await Answer.filter(company_id=business.company_id).count() == 0

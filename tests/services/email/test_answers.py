"""E-mails with answers to clients' questions: what they say, and to whom they go."""

import pytest

from models import EmailDelivery, MailCategory, Question
from tests.services.email.test_emails import new_address, turn_off
from tests.support.clients import Business, eventually
from tests.support.mailbox import Mailbox, html_of, text_of

_ASK = "mutation($input: AskQuestionInput!) { askQuestion(input: $input) { asked } }"
_ANSWER = (
    "mutation($input: AnswerQuestionInput!) { answerQuestion(input: $input)"
    " { question { answers { delivery { state recipient detail } } } } }"
)


async def _asked(business: Business, token: str, email: str | None) -> str:
    """Ask a question, and return its id."""
    asked = {"token": token, "name": "Rowan", "text": "<b>Why?</b>", "email": email}
    await business.stranger.gql(_ASK, input=asked)
    return str((await Question.get(company_id=business.company_id)).id)


async def _invoice(business: Business, email: str | None) -> tuple[str, str]:
    """Return the id and the token of a shared invoice to a customer with an address."""
    customer = await business.make_customer(email=email)
    invoice = await business.make_invoice(customerId=customer)
    return invoice, await business.share(invoice)


async def _answer(business: Business, question_id: str) -> dict[str, str] | None:
    """Answer, and return the delivery of the e-mail."""
    answer = {"questionId": question_id, "text": "Because.\n\nIt is so."}
    data = await business.gql(_ANSWER, input=answer)
    [answered] = data["answerQuestion"]["question"]["answers"]
    delivery: dict[str, str] | None = answered["delivery"]
    return delivery


async def _is_sent(address: str) -> bool:
    return await EmailDelivery.filter(recipient=address, status="SENT").exists()


async def test_an_answer_goes_to_the_address_that_the_client_gave(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    _, token = await _invoice(business, new_address())
    question_id = await _asked(business, token, address.upper())
    assert not await EmailDelivery.filter(company_id=business.company_id).exists()
    await _answer(business, question_id)
    await eventually(lambda: _is_sent(address))
    message = mailbox.only(address)
    assert message["Subject"] == "Answer: Invoice INV-00001 from Acme Ltd"
    assert message["List-Unsubscribe"]
    assert message["Auto-Submitted"] is None
    for text in (text_of(message), html_of(message)):
        assert f"/invoice/{token}?source=email#questions" in text
        assert "It is so." in text
        assert "Rowan" not in text
        assert "Why?" not in text


@pytest.mark.parametrize("own", ["email", "ccEmails"])
async def test_only_the_customer_s_own_addresses_get_the_question_and_the_name(
    business: Business, mailbox: Mailbox, own: str
) -> None:
    address = new_address()
    addresses = {"email": new_address(), own: [address] if own == "ccEmails" else address}
    customer = await business.make_customer(**addresses)
    token = await business.share(await business.make_invoice(customerId=customer))
    await _answer(business, await _asked(business, token, address.upper()))
    await eventually(lambda: _is_sent(address))
    message = mailbox.only(address)
    assert "Hello Rowan," in text_of(message)
    assert "You asked: <b>Why?</b>" in text_of(message)
    assert "You asked: &lt;b&gt;Why?&lt;/b&gt;" in html_of(message)


async def test_without_an_address_the_answer_goes_to_the_customer(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    invoice, token = await _invoice(business, address)
    question_id = await _asked(business, token, None)
    await business.revoke(invoice)
    await _answer(business, question_id)
    await eventually(lambda: _is_sent(address))
    assert "See the conversation" not in text_of(mailbox.only(address))


async def test_who_has_turned_documents_off_gets_no_answer(business: Business) -> None:
    address = new_address()
    _, token = await _invoice(business, address)
    question_id = await _asked(business, token, None)
    await turn_off(business, address, MailCategory.DOCUMENT)
    assert await _answer(business, question_id) == {
        "state": "SKIPPED",
        "recipient": address,
        "detail": "The recipient has turned these e-mails off.",
    }


@pytest.mark.parametrize("email", [None, ""])
async def test_an_answer_to_nobody_s_address_is_only_on_the_page(
    business: Business, email: str | None
) -> None:
    _, token = await _invoice(business, None)
    assert await _answer(business, await _asked(business, token, email)) is None


async def test_the_answer_to_a_deleted_question_is_not_sent_any_more(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    _, token = await _invoice(business, new_address())
    question_id = await _asked(business, token, address)
    mailbox.on_data[address].append("451 Later")
    await _answer(business, question_id)
    [delivery] = await EmailDelivery.filter(recipient=address)

    async def waits() -> bool:
        await delivery.refresh_from_db()
        return delivery.status == "QUEUED" and delivery.attempts == 1

    await eventually(waits, 30)
    await business.mutate(
        "deleteQuestion", "QuestionRef", "{ question { id } }", questionId=question_id
    )
    await EmailDelivery.filter(id=delivery.id).update(next_attempt_at=delivery.created_at)

    async def is_given_up() -> bool:
        await delivery.refresh_from_db()
        return delivery.status == "FAILED"

    await eventually(is_given_up, 30)
    assert delivery.detail == "The question was deleted before the e-mail was sent."
    assert mailbox.arrived[address] == []

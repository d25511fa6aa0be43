"""Questions in the dashboard: the list, threads, answering, closing and deleting."""

from models import Answer, Question
from tests.support.clients import Business
from tests.support.staff import Browser

_ASK = "mutation($input: AskQuestionInput!) { askQuestion(input: $input) { asked } }"


async def _ask(business: Business, text: str) -> tuple[str, str]:
    """Ask about a new invoice; return the ids of both."""
    invoice_id = await business.make_invoice()
    asked = {"token": await business.share(invoice_id), "name": "Rowan", "text": text}
    await business.stranger.gql(_ASK, input=asked)
    return invoice_id, str((await Question.get(invoice_id=invoice_id)).id)


async def test_an_open_question_is_listed_and_answered(
    staff_client: Browser, business: Business
) -> None:
    invoice_id, question_id = await _ask(business, "<i>Why?</i>\n1")
    listed = await staff_client.get("/dashboard/questions")
    assert "&lt;i&gt;Why?&lt;/i&gt;\n1" in listed.text
    path = f"/dashboard/questions/{question_id}/answer"
    assert "ada@example.com" in (await staff_client.get(path)).text
    answered = await staff_client.post(path, page=path, text="Because <b>.", idempotency_key="k")
    assert answered.status_code == 303
    assert answered.headers["location"] == f"/dashboard/invoices/{invoice_id}#questions"
    again = await staff_client.post(path, page=path, text="Because <b>.", idempotency_key="k")
    assert again.status_code == 303
    thread = (await staff_client.get(f"/dashboard/invoices/{invoice_id}")).text
    timeline, _, questions = thread.partition('<div id="questions"')
    for part in (timeline, questions):
        assert part.count("Because &lt;b&gt;.") == 1
    assert "Why?" not in (await staff_client.get("/dashboard/questions")).text
    assert "Why?" in (await staff_client.get("/dashboard/questions?show=all")).text


async def test_a_refused_answer_keeps_what_was_typed(
    staff_client: Browser, business: Business
) -> None:
    _, question_id = await _ask(business, "Why?")
    path = f"/dashboard/questions/{question_id}/answer"
    refused = await staff_client.post(path, page=path, text="y" * 5001)
    assert refused.status_code == 400
    assert "y" * 5001 in refused.text
    assert not await Answer.filter(question_id=question_id).exists()


async def test_a_question_can_be_closed(staff_client: Browser, business: Business) -> None:
    _, question_id = await _ask(business, "Why?")
    path = f"/dashboard/questions/{question_id}/close"
    assert (await staff_client.post(path, page=path)).status_code == 303
    assert "Why?" not in (await staff_client.get("/dashboard/questions")).text


async def test_a_deleted_question_leaves_only_that_there_was_one(
    staff_client: Browser, business: Business
) -> None:
    invoice_id, question_id = await _ask(business, "Why?")
    path = f"/dashboard/questions/{question_id}/delete"
    for _ in range(2):
        assert (await staff_client.post(path, page=path)).status_code == 303
    for page in (f"/dashboard/invoices/{invoice_id}", "/dashboard/questions?show=all"):
        text = (await staff_client.get(page)).text
        assert "Why?" not in text
        assert "Rowan" not in text
        assert "eleted" in text
        assert f"{question_id}/delete" not in text
    assert "<ol" not in (await staff_client.get("/dashboard/questions")).text
    assert "Deleted a question about" in (await staff_client.get("/dashboard/settings/log")).text


async def test_questions_of_other_companies_are_not_found(
    staff_client: Browser, rival: Business
) -> None:
    _, question_id = await _ask(rival, "A secret?")
    for page in ("answer", "close", "delete"):
        found = await staff_client.get(f"/dashboard/questions/{question_id}/{page}")
        assert found.status_code == 404
    assert "A secret?" not in (await staff_client.get("/dashboard/questions?show=all")).text


async def test_a_quote_shows_what_its_client_answered(
    staff_client: Browser, business: Business
) -> None:
    quote_id = await business.make_quote()
    token = await business.share_quote(quote_id)
    answer = {"token": token, "accept": False, "name": "Rowan <b>", "note": "Too much."}
    client = business.stranger
    await client.gql(
        "mutation($input: AnswerQuoteInput!) { answerQuote(input: $input) { quote { status } } }",
        input=answer,
    )
    page = (await staff_client.get(f"/dashboard/quotes/{quote_id}")).text
    for words in ("Rowan &lt;b&gt;", "Too much.", client.ip):
        assert words in page

"""Asking on the pages of documents, without a script."""

import httpx
import pytest

from models import InvoiceView, Question
from tests.support.clients import Business, eventually


async def _post(business: Business, path: str, **fields: str) -> httpx.Response:
    return await business.http.post(
        f"{path}/questions", data=fields, headers=business.stranger.headers
    )


async def _page(business: Business, path: str) -> str:
    return (await business.http.get(path, headers=business.stranger.headers)).text


async def _path(business: Business, kind: str) -> str:
    """Return the path of a document's page."""
    customer = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer, number="2026/7/questions")
    match kind:
        case "invoice":
            return f"/invoice/{await business.share(invoice_id)}"
        case "portal":
            return f"/portal/{await business.share_portal(customer)}/2026%2F7%2Fquestions"
        case "quote":
            return f"/quote/{await business.share_quote(await business.make_quote())}"
        case _:
            note = await business.make_credit_note(customer, "10")
            return f"/credit-note/{await business.share_credit_note(note)}"


@pytest.mark.parametrize("kind", ["invoice", "portal", "quote", "credit note"])
async def test_a_question_is_asked_and_answered_on_the_page(business: Business, kind: str) -> None:
    path = await _path(business, kind)
    fields = {"name": "Rowan <b>", "email": "", "text": "<script>\n2"}
    asked = await _post(business, path, **fields)
    assert (asked.status_code, asked.headers["location"]) == (303, f"{path}?asked=yes#questions")
    assert "Acme Ltd has your question." in await _page(business, f"{path}?asked=yes")
    question = await Question.get(company_id=business.company_id)
    await business.mutate(
        "answerQuestion",
        "AnswerQuestionInput",
        "{ question { id } }",
        questionId=str(question.id),
        text="Because <i>.",
    )
    page = await _page(business, path)
    assert '<li class="own"><p class="text">&lt;script&gt;\n2</p>' in page
    assert "Rowan &lt;b&gt;" in page
    assert "Because &lt;i&gt;." in page
    assert page.index("&lt;script&gt;") < page.index("Because")


async def test_a_refused_question_keeps_what_was_typed(business: Business) -> None:
    path = await _path(business, "invoice")
    refused = await _post(business, path, name="Rowan", email="nobody", text="Why <b>?")
    assert refused.status_code == 400
    assert 'id="ask-email-error"' in refused.text
    assert "Why &lt;b&gt;?" in refused.text
    assert not await Question.filter(company_id=business.company_id).exists()


async def test_too_many_questions_are_refused_with_a_reason(business: Business) -> None:
    path = await _path(business, "quote")
    for n in range(5):
        assert (await _post(business, path, name="Rowan", text=f"{n}")).status_code == 303
    refused = await _post(business, path, name="Rowan", text="one more")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert "one more" in refused.text


async def test_a_page_shows_the_newest_questions(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.sharing.questions.MAX_THREAD", 2)
    path = await _path(business, "invoice")
    for text in ("First?", "Second?"):
        await _post(business, path, name="Rowan", text=text)
    assert "Only the newest questions are shown." not in await _page(business, path)
    await _post(business, path, name="Rowan", text="Third?")
    page = await _page(business, path)
    assert "Only the newest questions are shown." in page
    assert "First?" not in page
    assert page.index("Second?") < page.index("Third?")


async def test_coming_back_from_asking_is_not_an_open(business: Business) -> None:
    path = await _path(business, "invoice")
    await _page(business, f"{path}?asked=yes")
    await _page(business, f"{path}?source=email")
    views = InvoiceView.filter(company_id=business.company_id)
    await eventually(views.exists)
    assert [view.source for view in await views] == ["EMAIL"]


async def test_a_revoked_link_asks_nothing(business: Business) -> None:
    invoice = await business.make_invoice()
    path = f"/invoice/{await business.share(invoice)}"
    await business.revoke(invoice)
    assert (await _post(business, path, name="Rowan", text="?")).status_code == 404

"""The pages of timelines."""

from html import unescape

from tests.support.clients import Business
from tests.support.staff import Browser


async def test_everything_that_happened_is_on_pages(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer(name="Ada <b> & Co")
    invoices = [await business.make_invoice(customerId=customer_id) for _ in range(14)]
    newest = (await staff_client.get("/dashboard/activity")).text
    assert 'bootstrap issued <a href="/dashboard/invoices/' in newest
    assert "<b><bdi>Ada &lt;b&gt; &amp; Co</bdi></b>" in newest
    [older] = [part for part in newest.split('"') if part.startswith("/dashboard/activity?after=")]
    rest = (await staff_client.get(unescape(older))).text
    shown = "".join(page for page in (newest, rest))
    for invoice_id in invoices:
        assert shown.count(f'"/dashboard/invoices/{invoice_id}"') == 2  # created and issued
    assert shown.count("bootstrap added") == 1


async def test_a_document_has_its_own_timeline_and_only_its_company_sees_it(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    quote_id = await business.make_quote()
    await business.share_quote(quote_id)
    path = f"/dashboard/quotes/{quote_id}"
    for page in (path, f"{path}/timeline"):
        text = (await staff_client.get(page)).text
        assert text.index("Shared by bootstrap") < text.index("Created by bootstrap")
    theirs = await rival.make_invoice()
    for foreign in (f"invoices/{theirs}", f"customers/{theirs}", "quotes/x"):
        response = await staff_client.get(f"/dashboard/{foreign}/timeline")
        assert response.status_code == 404
    response = await staff_client.get(f"{path}/timeline?after=x")
    assert response.status_code == 400


async def test_a_question_can_be_answered_from_the_feed(
    staff_client: Browser, business: Business
) -> None:
    token = await business.share(await business.make_invoice())
    ask = "mutation($input: AskQuestionInput!) { askQuestion(input: $input) { asked } }"
    asked = {"token": token, "name": "Rowan", "text": "Which <order>?"}
    await business.stranger.gql(ask, input=asked)
    home = (await staff_client.get("/dashboard")).text
    feed = home[home.index('id="feed"') :]
    assert "asked a question about" in feed
    assert "/answer" in feed

"""The page behind a credit note's link, and those in the customer's portal."""

from tests.support.clients import Business


async def _page(business: Business, path: str) -> str:
    page = await business.http.get(path, headers=business.stranger.headers)
    assert page.status_code == 200
    return page.text


async def _credited(business: Business, **customer: object) -> tuple[str, str]:
    """Return the ids of a customer and of an issued credit note that corrects an invoice."""
    customer_id = await business.make_customer(**customer)
    line = {"description": "Tiles <b>", "quantity": "5", "unitPrice": "80", "taxRate": "19"}
    invoice_id = await business.make_invoice(
        customerId=customer_id, lines=[line], issueDate="2026-11-01"
    )
    part = [line | {"quantity": "2"}]
    note_id = await business.credit_invoice(invoice_id, lines=part, reason="2 m² returned")
    await business.credit_note("issueCreditNote", creditNoteId=note_id)
    return customer_id, note_id


async def test_the_page_shows_the_credit_note_and_the_invoice_that_it_corrects(
    business: Business,
) -> None:
    _, note_id = await _credited(business)
    token = await business.share_credit_note(note_id)
    page = await _page(business, f"/credit-note/{token}")
    for text in (
        "Credit note CN-00001",
        "Corrects invoice INV-00001 of November 1, 2026",
        "2 m² returned",
        "Tiles &lt;b&gt;",
        "€160.00",
        "€190.40",
        "Ready to use",
        "Credited to",
    ):
        assert text in page
    assert page.count(token) == page.count(f"/credit-note/{token}") > 0


async def test_the_page_is_in_the_language_of_the_document(business: Business) -> None:
    _, note_id = await _credited(business, language="de")
    page = await _page(business, f"/credit-note/{await business.share_credit_note(note_id)}")
    assert '<html lang="de" dir="ltr">' in page
    assert "190,40\u00a0€" in page


async def test_the_page_tells_what_is_left_of_the_credit(business: Business) -> None:
    customer_id = await business.make_customer()
    note_id = await business.make_credit_note(customer_id, "60", reason="Sorry")
    path = f"/credit-note/{await business.share_credit_note(note_id)}"
    page = await _page(business, path)
    assert ("Ready to use" in page, "Used on invoices" in page, "Corrects" in page) == (
        True,
        False,
        False,
    )
    invoice_id = await business.make_invoice(customerId=customer_id)
    pair = {"creditNoteId": note_id, "invoiceId": invoice_id}
    await business.credit_note("applyCreditNote", **pair, amount="20")
    page = await _page(business, path)
    for text in ("Ready to use", "Used on invoices", "€20.00", "€40.00"):
        assert text in page
    await business.credit_note("applyCreditNote", **pair)
    assert "Used up" in await _page(business, path)


async def test_a_void_credit_note_says_so(business: Business) -> None:
    note_id = await business.make_credit_note(await business.make_customer(), "60")
    path = f"/credit-note/{await business.share_credit_note(note_id)}"
    await business.credit_note("voidCreditNote", creditNoteId=note_id)
    page = await _page(business, path)
    assert ("Void" in page, "Ready to use" in page, "Credit left" in page) == (True, False, False)


# --- the portal -----------------------------------------------------------------------------------


async def test_the_portal_lists_credit_notes_and_opens_them(business: Business) -> None:
    customer_id, _ = await _credited(business)
    await business.credit_invoice(await business.make_invoice(customerId=customer_id))  # a draft
    await business.make_credit_note(customer_id, "10", reason="Sorry")
    await business.make_credit_note(await business.make_customer(), "5", reason="Another's")
    token = await business.share_portal(customer_id)
    page = await _page(business, f"/portal/{token}")
    assert f'/portal/{token}?list=credits">Credits <span>2</span></a>' in page
    page = await _page(business, f"/portal/{token}?list=credits")
    assert page.index("CN-00002") < page.index("CN-00001")
    assert ("2 m² returned" in page, "Sorry" in page, "Another" in page) == (True, True, False)
    path = f"/credit-note/{token}/CN-00001"
    assert f'{path}"' in page
    note = await _page(business, path)
    assert "Corrects invoice INV-00001" in note
    assert f'href="http://127.0.0.1:8000/portal/{token}?list=credits"' in note
    pdf = await business.http.get(f"{path}.pdf", headers=business.stranger.headers)
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")


async def test_a_portal_without_credit_notes_has_no_tab_for_them(business: Business) -> None:
    customer_id = await business.make_customer()
    await business.make_invoice(customerId=customer_id)
    token = await business.share_portal(customer_id)
    assert "list=credits" not in await _page(business, f"/portal/{token}")
    assert "No credits yet" in await _page(business, f"/portal/{token}?list=credits")


async def test_older_credit_notes_are_on_the_next_page(business: Business) -> None:
    customer_id = await business.make_customer()
    for _ in range(21):
        await business.make_credit_note(customer_id, "1")
    path = f"/portal/{await business.share_portal(customer_id)}?list=credits"
    page = await _page(business, path)
    assert ("CN-00021" in page, "CN-00001" in page) == (True, False)
    older = page.partition('rel="next" href="http://127.0.0.1:8000')[2].partition('"')[0]
    page = await _page(business, older.replace("&amp;", "&"))
    assert ("CN-00021" in page, "CN-00001" in page, ">Newest</a>" in page) == (False, True, True)


async def test_another_customers_credit_note_is_not_found_in_the_portal(
    business: Business, rival: Business
) -> None:
    mine, _ = await _credited(business)
    await _credited(rival)
    await business.make_credit_note(await business.make_customer(), "5")
    token = await business.share_portal(mine)
    for number in ("CN-00002", "INV-00001", "cn-00001", "x"):
        for suffix in ("", ".pdf"):
            path = f"/credit-note/{token}/{number}{suffix}"
            page = await business.http.get(path, headers=business.stranger.headers)
            assert page.status_code == 404

"""Portals that are opened at the same time are loaded together, and share nothing else."""

import asyncio
from typing import Any, Final
from uuid import uuid4

import pytest

from db.connections import connection
from models.companies import today_in
from services.common.pagination import PageRequest
from services.sharing import portal_finder
from services.sharing.portal_finder import InvoicesRequest, PortalFinder, Wanted
from services.sharing.portals import open_portal
from tests.support.clients import Business

_PAGE: Final = InvoicesRequest(PageRequest.of(2, None), is_list=True)


async def test_portals_that_are_opened_while_another_one_is_take_one_statement(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[int] = []
    fetch = portal_finder._fetch

    async def note(tokens: list[str], wanted: Wanted) -> Any:
        fetched.append(len(tokens))
        return await fetch(tokens, wanted)

    monkeypatch.setattr(portal_finder, "_fetch", note)
    expected: dict[str, tuple[int, list[str]]] = {}
    for count in (0, 1, 3):
        customer_id = await business.make_customer()
        numbers = [f"{count}/{n}" for n in range(count)]
        for number in numbers:
            await business.make_invoice(customerId=customer_id, number=number)
        token = await business.share_portal(customer_id)
        expected[token] = (count, numbers[::-1][:2])
    finder, unknown = PortalFinder(), str(uuid4())
    tokens = [*expected, unknown, *expected]
    opened = await asyncio.gather(
        *[open_portal(finder, token, with_account=True, request=_PAGE) for token in tokens],
        open_portal(finder, tokens[1]),
    )
    if connection().capabilities.dialect == "postgres":
        assert fetched == [1, 4, 1]  # the first, those that came meanwhile, and nothing more of it
    *portals, bare = opened
    seen = [
        portal
        and (
            portal.loaded_account.invoice_count(),
            [row.number for row in (await portal.load(_PAGE)).rows],
        )
        for portal in portals
    ]
    assert seen == [expected.get(token) for token in tokens]
    assert len({id(portal.customer) for portal in portals if portal}) == 6
    assert bare is not None
    assert (bare.account, bare.invoices) == (None, None)


async def test_each_portal_has_what_is_wanted_of_it(business: Business) -> None:
    customer_id = await business.make_customer()
    await business.make_invoice(customerId=customer_id)
    await business.make_credit_note(customer_id, "5.00")
    token, finder = await business.share_portal(customer_id), PortalFinder()
    day = today_in("UTC")
    for sums_on in (None, day):
        for invoices in (None, _PAGE):
            for counted in (False, True):
                found = await finder.find(token, Wanted(sums_on, invoices, counted))
                assert found is not None
                assert len(found.sums) == (1 if sums_on else 0)
                assert len(found.invoices) == (1 if invoices else 0)
                assert found.counts == ((0, 1) if counted else None)

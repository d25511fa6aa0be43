"""Requests leave nothing behind that Python would have to look for."""

import gc
from collections import Counter

from jinja2.runtime import Context

from api.execution import OperationContext, PortalExecutor
from dev.benchmarks.queries import INVOICE_AS_TEXT
from tests.support.clients import Business
from web.http.joined_writes import JoinedWrites

_OF_A_REQUEST = (OperationContext, PortalExecutor, JoinedWrites, Context)


async def test_what_a_request_makes_does_not_refer_to_itself(business: Business) -> None:
    customer_id = await business.make_customer()
    token = await business.share(await business.make_invoice(customerId=customer_id))
    portal = await business.share_portal(customer_id)
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        await business.stranger.gql(INVOICE_AS_TEXT, token=token)
        await business.stranger.record_view(token)
        await business.stranger.post(INVOICE_AS_TEXT, token="unknown")
        await business.stranger.post("{ me { email } }")
        await business.stranger.http.get(f"/invoice/{token}")
        await business.stranger.http.get(f"/portal/{portal}")
        await business.stranger.http.get(f"/portal/{portal}/statement")
        gc.collect()
        left = Counter(type(each) for each in gc.garbage if isinstance(each, _OF_A_REQUEST))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == {}

"""The first steps follow from the company's rows, and each user can hide them."""

from typing import Any, Final

from models import Company
from tests.support.clients import Business, Caller
from tests.support.staff import new_session

_QUERY: Final = "{ company { firstSteps { isHidden steps { step isDone } } } }"
_HIDE: Final = """mutation($input: HideFirstStepsInput!) {
    hideFirstSteps(input: $input) { firstSteps { isHidden } } }"""


async def _done(business: Business) -> list[str]:
    steps: list[Any] = (await business.gql(_QUERY))["company"]["firstSteps"]["steps"]
    assert [each["step"] for each in steps] == [
        "DETAILS",
        "BRAND",
        "PAYMENTS",
        "CUSTOMER",
        "INVOICE",
    ]
    return [each["step"] for each in steps if each["isDone"]]


async def test_each_step_is_done_by_the_rows_that_it_is_about(
    business: Business, rival: Business
) -> None:
    await Company.filter(id=business.company_id).update(
        street=None, city=None, country=None, address=None, accent_color=None, iban=None
    )
    assert await _done(business) == []
    await Company.filter(id=business.company_id).update(city="Berlin", accent_color="#112233")
    assert await _done(business) == ["DETAILS", "BRAND"]
    await Company.filter(id=business.company_id).update(iban="DE89370400440532013000")
    draft = await business.make_draft()
    assert await _done(business) == ["DETAILS", "BRAND", "PAYMENTS", "CUSTOMER"]
    await business.issue(draft)
    assert len(await _done(business)) == 5
    assert "INVOICE" not in await _done(rival)


async def test_hiding_the_steps_is_each_users_own_choice(business: Business) -> None:
    refusal = await business.refused(_HIDE, input={"hidden": True})
    assert refusal.code == "FORBIDDEN"
    person = Caller(business.http, await new_session(business))
    for hidden in (True, False):
        data = await person.gql(_HIDE, input={"hidden": hidden})
        assert data["hideFirstSteps"]["firstSteps"]["isHidden"] is hidden

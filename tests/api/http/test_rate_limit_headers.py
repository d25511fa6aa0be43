"""Responses tell which rate limits were counted, and what is left of them."""

import re
from uuid import uuid4

from tests.support.clients import Business

_PREFERENCES = '{ preferences(token: "unknown-token-of-nobody") { reminderEmails } }'


async def test_a_response_tells_what_is_left_of_each_limit(business: Business) -> None:
    stranger = business.stranger
    for left in (29, 28):
        answer = await stranger.post(_PREFERENCES)
        assert answer.headers["ratelimit-policy"] == (
            '"preferences-per-ip";q=30;w=60, "misses-per-ip";q=60;w=60'
        )
        each = re.fullmatch(
            r'"preferences-per-ip";r=(\d+);t=(\d+), "misses-per-ip";r=\d+;t=\d+',
            answer.headers["ratelimit"],
        )
        assert each
        assert int(each[1]) == left
        assert 50 < int(each[2]) <= 60


async def test_a_refusal_tells_that_nothing_is_left(business: Business) -> None:
    stranger = business.stranger
    for _ in range(31):
        answer = await stranger.post(_PREFERENCES)
    assert answer.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert re.match(r'"preferences-per-ip";r=0;t=\d+$', answer.headers["ratelimit"])


async def test_the_tightest_window_is_told_if_a_policy_is_counted_twice(business: Business) -> None:
    tokens = [await business.share(await business.make_invoice()) for _ in range(2)]
    stranger = business.stranger
    await stranger.record_view(tokens[0])
    first, second = (f'x{at}: recordView(input: {{token: "{t}"}})' for at, t in enumerate(tokens))
    answer = await stranger.post(f"mutation {{ {first} {{ recorded }} {second} {{ recorded }} }}")
    assert re.findall(r'"views-per-(\w+)";r=(\d+)', answer.headers["ratelimit"]) == [
        ("ip", "7"),
        ("token", "58"),
    ]


async def test_a_response_for_which_nothing_was_counted_tells_nothing(business: Business) -> None:
    answer = await business.post("{ company { name } }")
    assert not {"ratelimit", "ratelimit-policy"} & set(answer.headers)


async def test_what_is_left_for_an_account_is_told_to_nobody(business: Business) -> None:
    query = "mutation($input: SignInInput!) { signIn(input: $input) { token } }"
    email = f"{uuid4().hex}@example.com"
    answer = await business.stranger.post(query, input={"email": email, "password": "wrong"})
    assert answer.json()["errors"]
    assert re.fullmatch(r'"sign-in-per-ip";q=\d+;w=60', answer.headers["ratelimit-policy"])

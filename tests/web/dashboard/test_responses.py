"""What people are told about an error."""

import pytest

from errors import BadInput, PortalError, RateLimited, Unavailable
from web.dashboard.responses import explain


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RateLimited(retry_after=1), "Too many requests. Try again in 1 second."),
        (RateLimited(retry_after=42), "Too many requests. Try again in 42 seconds."),
        (RateLimited(retry_after=841), "Too many requests. Try again in 15 minutes."),
        (RateLimited("Send the rest tomorrow.", retry_after=60_000), "Send the rest tomorrow."),
        (Unavailable("Try again shortly."), "Try again shortly."),
        (BadInput("Enter an amount."), "Enter an amount."),
    ],
)
def test_an_error_says_once_when_to_try_again(error: PortalError, told: str) -> None:
    assert explain(error) == told

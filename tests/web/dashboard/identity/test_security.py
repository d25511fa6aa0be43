"""Where a user is signed in."""

import pytest

from web.dashboard.identity.security import are_near


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("198.51.100.7", "198.51.100.200", True),
        ("198.51.100.7", "198.51.101.7", False),
        ("2001:db8:1::1", "2001:db8:1:ff::2", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("198.51.100.7", "::ffff", False),
        ("198.51.100.7", None, False),
        (None, None, False),
        ("nonsense", "nonsense", False),
    ],
)
def test_addresses_of_one_network_are_near(
    one: str | None, other: str | None, expected: bool
) -> None:
    assert are_near(one, other) is expected

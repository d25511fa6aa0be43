"""Where webhooks may go: hosts on the public internet, through URLs that mean what they say."""

import asyncio
from collections.abc import Iterator
from ipaddress import ip_address
from threading import Event

import pytest

from integrations.webhooks import addresses
from integrations.webhooks.addresses import (
    AddressRefused,
    CheckedAddresses,
    check_url,
    is_public,
)

_PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:93.184.215.14",
    "::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
_PUBLIC = ["93.184.215.14", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00::1"]


@pytest.mark.parametrize("address", _PRIVATE)
def test_addresses_of_private_and_special_networks_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", _PUBLIC)
def test_addresses_on_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example.com/webhooks?key=1",
        "https://shop.example.com:8443/",
        "https://shop.example.com:443",
        "https://[2606:4700::1111]/",
    ],
)
def test_https_urls_are_accepted(url: str) -> None:
    check_url(url, allow_private=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example.com",
        "http://shop.example.com/",
        "ftp://shop.example.com/",
        "https:///path",
        "https://user@shop.example.com/",
        "https://user:password@shop.example.com/",
        "https://@shop.example.com/",
        "https://shop.example.com:22/",
        "https://shop.example.com:0/",
        "https://shop.example.com:99999/",
        "https://shop.example.com/#fragment",
        "https://shop.example.com\\@127.0.0.1/",
        "https://shop.example.com/a b",
        "https://shop.exam\tple.com/",
        "https://shop.example.com/\r\nHost: other",
        "https://münchen.example/",
        "https://[::1/",
        "https://shop.example.com/" + "x" * 2000,
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url, allow_private=False)


@pytest.fixture
def system() -> Iterator[CheckedAddresses]:
    """Yield addresses as the system resolves them."""
    checked = CheckedAddresses(allow_private=False)
    yield checked
    checked.close()


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost:8443/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://017700000001/",
        "https://[::ffff:7f00:1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://unknown.invalid/",
    ],
)
async def test_no_spelling_of_a_private_address_is_accepted(
    system: CheckedAddresses, url: str
) -> None:
    with pytest.raises(AddressRefused):
        await system.check(url)


async def test_a_host_with_one_private_address_is_refused() -> None:
    mixed = CheckedAddresses(
        allow_private=False, resolve=lambda _host, _port: ["93.184.215.14", "10.0.0.1"]
    )
    with pytest.raises(AddressRefused, match="isn't on the public internet"):
        await mixed.check("https://shop.example.com/")
    mixed.close()


async def test_hosts_of_new_urls_that_take_long_delay_no_deliveries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(addresses, "_CHECK_TIMEOUT", 0.2)
    ended = Event()

    def resolve(host: str, _port: int) -> list[str]:
        if host == "slow.example.com":
            ended.wait(30)
        return ["93.184.215.14"]

    checked = CheckedAddresses(allow_private=False, resolve=resolve)
    slow = (checked.check("https://slow.example.com/") for _ in range(40))
    refusals = await asyncio.gather(*slow, return_exceptions=True)
    assert {str(each) for each in refusals} == {"The host can't be found."}
    assert await checked.of("shop.example.com", 443) == ["93.184.215.14"]
    ended.set()
    checked.close()

"""The pages: their size over the network, and what they cost the server."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import Any, Final

import httpx

from dev.benchmarks.load import Round, Server, load
from dev.benchmarks.rounds import Comparison, compare
from dev.benchmarks.stack import Stack
from dev.benchmarks.wire import BROWSER, HOST, get
from tests.support.clients import Business

_ENCODINGS: Final = "accept-encoding: gzip, deflate, br, zstd"
_EMAIL: Final = "staff@example.com"
_PASSWORD: Final = "long enough"
_STYLESHEET: Final = re.compile(r'<link rel="stylesheet" href="([^"]+)"')
_SCRIPT: Final = re.compile(r'<script type="module" src="([^"]+)"')
_IMPORT: Final = re.compile(r'(?:from|import) "\./([^"]+)"')
_TABLE: Final = """
| page | HTML | CSS | scripts | ms | bare ms | CPU ms | bare CPU ms | ratio |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes over the network, compressed as for a browser."""

    html: int
    css: int
    scripts: int
    """All modules, including those that others import."""
    modules: int


@dataclass(frozen=True, slots=True)
class MeasuredPage:
    """A page's size, and its comparison with a response of as many bytes."""

    name: str
    weight: Weight
    rounds: Comparison[Round]


async def measure_pages(
    stack: Stack, portal_token: str, invoice_token: str, *, rounds: int, seconds: float
) -> list[MeasuredPage]:
    """Measure each page, one request after the other."""
    server, floor = stack.portals[0], stack.floors[0]
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{server.port}", timeout=60) as http:
        paths = await _paths(Business(http, stack.api_key), portal_token, invoice_token)
        cookie = f"\r\ncookie: invotify={await _session(http)}"
        measured = []
        for name, path in paths.items():
            headers = _ENCODINGS + (cookie if path.startswith("/dashboard") else "")
            weight = await _weigh(http, path, headers)
            ours = _run(server, get(path, headers=headers), seconds)
            theirs = _run(floor, get(f"/bytes/{weight.html}"), seconds)
            measured.append(
                MeasuredPage(name=name, weight=weight, rounds=await compare(rounds, ours, theirs))
            )
    return measured


def pages_table(pages: list[MeasuredPage]) -> str:
    """Return the table in Markdown."""
    lines = [_TABLE]
    for page in pages:
        ms, bare_ms, _ = page.rounds.medians(lambda round_: 1000 / round_.per_second)
        cpu, bare_cpu, ratio = page.rounds.medians(lambda round_: round_.server_ms)
        weight = page.weight
        lines.append(
            f"| {page.name} | {weight.html:,} | {weight.css:,}"
            f" | {weight.scripts:,} in {weight.modules} | {ms:.1f} | {bare_ms:.2f}"
            f" | {cpu:.1f} | {bare_cpu:.2f} | {ratio:.0f} |"
        )
    return "\n".join(lines)


async def _paths(business: Business, portal_token: str, invoice_token: str) -> dict[str, str]:
    """Return the paths of the pages by their names in the table."""
    quote_id = await business.make_quote()
    query = "{ company { invoices(first: 1) { edges { node { id number customer { id } } } } } }"
    data: Any = await business.gql(query)
    invoice = data["company"]["invoices"]["edges"][0]["node"]
    return {
        "an invoice": f"/invoice/{invoice_token}",
        "a portal": f"/portal/{portal_token}",
        "an invoice in it": f"/portal/{portal_token}/{invoice['number']}",
        "a quote": f"/quote/{await business.share_quote(quote_id)}",
        "the list of invoices": "/dashboard/invoices",
        "an invoice, for staff": f"/dashboard/invoices/{invoice['id']}",
        "sharing it": f"/dashboard/invoices/{invoice['id']}/share",
        "the list of customers": "/dashboard/customers",
        "a customer": f"/dashboard/customers/{invoice['customer']['id']}",
        "the list of quotes": "/dashboard/quotes",
        "the company's settings": "/dashboard/settings",
    }


async def _session(http: httpx.AsyncClient) -> str:
    query = "mutation($input: SignInInput!) { signIn(input: $input) { token } }"
    signed_in = await Business(http).gql(query, input={"email": _EMAIL, "password": _PASSWORD})
    return str(signed_in["signIn"]["token"])


def _run(server: Server, request: bytes, seconds: float) -> Callable[[], Any]:
    return partial(load, server, repeat(request), concurrency=1, seconds=seconds)


async def _weigh(http: httpx.AsyncClient, path: str, headers: str) -> Weight:
    fields = dict(line.split(": ", 1) for line in headers.split("\r\n"))
    html, text = await _fetch(http, path, fields)
    css = sum([(await _fetch(http, url, fields))[0] for url in _STYLESHEET.findall(text)])
    scripts: dict[str, int] = {}
    waiting = _SCRIPT.findall(text)
    while waiting:
        url = waiting.pop()
        if url not in scripts:
            scripts[url], script = await _fetch(http, url, fields)
            folder = url.rpartition("/")[0]
            waiting += [f"{folder}/{name}" for name in _IMPORT.findall(script)]
    return Weight(html=html, css=css, scripts=sum(scripts.values()), modules=len(scripts))


async def _fetch(http: httpx.AsyncClient, url: str, fields: dict[str, str]) -> tuple[int, str]:
    """Return the size over the network, and the decoded text."""
    async with http.stream("GET", url, headers={"user-agent": BROWSER, **fields}) as answer:
        await answer.aread()
        return answer.num_bytes_downloaded, answer.text

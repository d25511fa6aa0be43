"""The pages: their size over the network, and what they cost the server."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import Any, Final

import httpx

from dev.benchmarks.load import Round, Server, load
from dev.benchmarks.rounds import Comparison, compare
from dev.benchmarks.seed import seed
from dev.benchmarks.selection import Figures, Selection
from dev.benchmarks.stack import Stack
from dev.benchmarks.wire import BROWSER, HOST, get
from tests.support.clients import Business

_ENCODINGS: Final = "accept-encoding: gzip, deflate, br, zstd"
_EMAIL: Final = "staff@example.com"
_PASSWORD: Final = "long enough"
_STYLESHEET: Final = re.compile(r'<link rel="stylesheet" href="([^"]+)"')
_SCRIPT: Final = re.compile(r'<script type="module" src="([^"]+)"')
_IMPORT: Final = re.compile(r'(?:from|import) "\./([^"]+)"')
_TITLES: Final = {
    "invoice": "an invoice",
    "portal": "a portal",
    "portal-invoice": "an invoice in it",
    "quote": "a quote",
    "dashboard-invoices": "the list of invoices",
    "dashboard-invoice": "an invoice, for staff",
    "dashboard-sharing": "sharing it",
    "dashboard-customers": "the list of customers",
    "dashboard-customer": "a customer",
    "dashboard-quotes": "the list of quotes",
    "dashboard-settings": "the company's settings",
}
"""The pages' names in the figures, and in the table."""
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

    title: str
    weight: Weight
    rounds: Comparison[Round]

    @property
    def cpu_ms(self) -> float:
        """The server's CPU time per request, in milliseconds."""
        cpu, _, _ = self.rounds.medians(lambda round_: round_.server_ms)
        return cpu


async def measure_pages(stack: Stack, selection: Selection) -> Figures:
    """Measure each page, one request after the other, and print the table."""
    size = selection.size
    portal_token, [invoice, *_] = await seed(stack, size.listed)
    server, floor = stack.portal, stack.floor
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{server.port}", timeout=60) as http:
        paths = await _paths(Business(http, stack.api_key), portal_token, invoice.token)
        cookie = f"\r\ncookie: invotify={await _session(http)}"
        measured = {}
        for name, path in paths.items():
            if not selection.includes(f"page/{name}"):
                continue
            headers = _ENCODINGS + (cookie if path.startswith("/dashboard") else "")
            weight = await _weigh(http, path, headers)
            ours = _run(server, get(path, headers=headers), size.seconds)
            theirs = _run(floor, get(f"/bytes/{weight.html}"), size.seconds)
            rounds = await compare(size.rounds, ours, theirs)
            measured[name] = MeasuredPage(title=_TITLES[name], weight=weight, rounds=rounds)
    print(pages_table(measured.values()))
    return {f"page/{name}": page.cpu_ms for name, page in measured.items()}


def pages_table(pages: Iterable[MeasuredPage]) -> str:
    """Return the table in Markdown."""
    lines = [_TABLE]
    for page in pages:
        ms, bare_ms, _ = page.rounds.medians(lambda round_: 1000 / round_.per_second)
        cpu, bare_cpu, ratio = page.rounds.medians(lambda round_: round_.server_ms)
        weight = page.weight
        lines.append(
            f"| {page.title} | {weight.html:,} | {weight.css:,}"
            f" | {weight.scripts:,} in {weight.modules} | {ms:.1f} | {bare_ms:.2f}"
            f" | {cpu:.1f} | {bare_cpu:.2f} | {ratio:.0f} |"
        )
    return "\n".join(lines)


async def _paths(business: Business, portal_token: str, invoice_token: str) -> dict[str, str]:
    """Return the paths of the pages by their names."""
    quote_id = await business.make_quote()
    query = "{ company { invoices(first: 1) { edges { node { id number customer { id } } } } } }"
    data: Any = await business.gql(query)
    invoice = data["company"]["invoices"]["edges"][0]["node"]
    return {
        "invoice": f"/invoice/{invoice_token}",
        "portal": f"/portal/{portal_token}",
        "portal-invoice": f"/portal/{portal_token}/{invoice['number']}",
        "quote": f"/quote/{await business.share_quote(quote_id)}",
        "dashboard-invoices": "/dashboard/invoices",
        "dashboard-invoice": f"/dashboard/invoices/{invoice['id']}",
        "dashboard-sharing": f"/dashboard/invoices/{invoice['id']}/share",
        "dashboard-customers": "/dashboard/customers",
        "dashboard-customer": f"/dashboard/customers/{invoice['customer']['id']}",
        "dashboard-quotes": "/dashboard/quotes",
        "dashboard-settings": "/dashboard/settings",
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

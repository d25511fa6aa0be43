"""Rolling restarts under load: `python -m dev.chaos.restarts --help`.

Without nginx, SIGHUP replaces the processes of one portal. With it, that happens behind nginx, and
then each of two portals behind it is stopped with SIGTERM and started again.
"""

import argparse
import asyncio
import json
import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx

from tests.support import servers
from tests.support.clients import Business
from tests.support.restarts import HOME, load, replace

_SUPERVISION: Final = re.compile(r"^.*\b(?:supervisor|worker)\.[a-z_]+.*$", re.MULTILINE)
_UNLIMITED: Final = "1000000/minute"
_NGINX: Final = """
daemon off; error_log {folder}/error.log; pid {folder}/pid; worker_processes 1;
events {{ worker_connections 1000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream portal {{ {upstream} keepalive 16; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://portal; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_buffering off;
    }}
  }}
}}
"""


def main() -> int:
    """Restart, print what became of the requests, and return 1 if any failed."""
    parser = argparse.ArgumentParser("dev.chaos.restarts", description=__doc__)
    parser.add_argument("--restarts", type=int, default=10)
    parser.add_argument("--rate", type=float, default=50.0, help="requests in a second")
    parser.add_argument("--nginx", action="store_true", help="put nginx in front")
    arguments = parser.parse_args()
    return asyncio.run(_run(arguments.restarts, arguments.rate, with_nginx=arguments.nginx))


async def _run(restarts: int, rate: float, *, with_nginx: bool) -> int:
    with TemporaryDirectory() as name, servers.postgres() as postgres_url:
        folder = Path(name)
        with servers.redis(folder) as redis:
            environment = {
                "DATABASE_URL": await servers.create_database(postgres_url),
                "REDIS_URL": redis.url,
                "PDF_WARM": "false",
                "CONNECTIONS_PER_IP": "5000",
                "SHARE_PER_CLIENT": "1",
                "TRUSTED_PROXIES": "127.0.0.1/32",
                "BOOTSTRAP_PASSWORD": "correct horse battery staple",
                **dict.fromkeys(("RATE_VIEWS_PER_IP", "RATE_VIEWS_PER_TOKEN"), _UNLIMITED),
            }
            await asyncio.to_thread(servers.invotify, environment, "migrate")
            failed = await _replace(environment, folder, restarts, rate, with_nginx=with_nginx)
            if with_nginx:
                failed += await _stop_and_start(environment, folder, restarts, rate)
    return int(failed > 0)


async def _replace(
    environment: dict[str, str], folder: Path, restarts: int, rate: float, *, with_nginx: bool
) -> int:
    """Replace the processes of one portal with SIGHUP."""
    log = folder / "log"
    portal = servers.PortalProcess(environment, servers.free_port(), workers=2, log=log)
    try:
        await asyncio.to_thread(portal.start)
        requests = await _requests(environment, portal.url)
        async with _in_front(folder, [portal], with_nginx=with_nginx) as url:
            return await _measure(
                f"SIGHUP, nginx: {with_nginx}",
                url,
                requests,
                restarts,
                rate,
                lambda: replace(portal),
            )
    finally:
        await asyncio.to_thread(portal.stop)
        # What each process has done, and when.
        print(*_SUPERVISION.findall(log.read_text(encoding="utf-8")), sep="\n")


async def _stop_and_start(
    environment: dict[str, str], folder: Path, restarts: int, rate: float
) -> int:
    """Stop one of two portals at a time with SIGTERM, and start it again."""
    with servers.portal(environment) as one, servers.portal(environment) as other:
        requests = await _requests(environment, one.url)

        async def restart() -> None:
            for portal in (one, other):
                await asyncio.to_thread(portal.stop)
                await asyncio.to_thread(portal.start)

        async with _in_front(folder, [one, other], with_nginx=True) as url:
            return await _measure(
                "SIGTERM to one of two portals behind nginx", url, requests, restarts, rate, restart
            )


async def _measure(
    title: str,
    url: str,
    requests: Sequence[dict[str, Any]],
    restarts: int,
    rate: float,
    restart: Callable[[], Awaitable[None]],
) -> int:
    """Restart under load, print what became of the requests, and return how many failed."""
    began_at = time.monotonic()
    async with load(url, 1 / rate, requests=requests, is_good=_is_good) as sent:
        for _ in range(restarts):
            try:
                await restart()
            except TimeoutError:
                print("A restart took too long for this machine.")
    total, seconds = sent.results.total(), time.monotonic() - began_at
    print(
        f"{title}: {restarts} restarts, {total} requests ({total / seconds:.0f}/s),"
        f" slowest {sent.slowest:.1f} s: {dict(sent.results)}"
    )
    return total - sent.results["200"]


def _is_good(response: httpx.Response) -> bool:
    return b'"errors"' not in response.content


async def _requests(environment: dict[str, str], url: str) -> list[dict[str, Any]]:
    """Return pages, a PDF, queries and mutations of a new company with an invoice."""
    options = ("--company", "Acme", "--email", f"{time.time()}@acme.example", "--json")
    made = await asyncio.to_thread(servers.invotify, environment, "bootstrap", *options)
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        business = Business(http, json.loads(made)["apiKey"])
        token = await business.share(await business.make_invoice())
    mutation = "mutation($input: RecordViewInput!) { recordView(input: $input) { recorded } }"
    lists = "{ company { invoices { totalCount } overview { openCount } } }"
    return [
        HOME,
        {"method": "GET", "url": f"/invoice/{token}"},
        _graphql(mutation, {}, input={"token": token}),
        _graphql(lists, {"authorization": f"Bearer {business.secret}"}),
    ]


def _graphql(query: str, headers: dict[str, str], **variables: object) -> dict[str, Any]:
    body = {"query": query, "variables": variables}
    return {"method": "POST", "url": "/graphql", "json": body, "headers": headers}


@asynccontextmanager
async def _in_front(
    folder: Path, portals: Sequence[servers.PortalProcess], *, with_nginx: bool
) -> AsyncIterator[str]:
    """Yield the URL to which clients send requests."""
    if not with_nginx:
        yield portals[0].url
        return
    port = servers.free_port()
    # As in ops/nginx: one that was away is asked again before the next one stops to answer.
    upstream = " ".join(
        f"server 127.0.0.1:{portal.port} max_fails=1 fail_timeout=1s;" for portal in portals
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, port=port, upstream=upstream))
    with _nginx(configuration):
        await asyncio.to_thread(servers.wait_until, lambda: servers.listens(port), "nginx")
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _nginx(configuration: Path) -> Iterator[None]:
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    process = subprocess.Popen([program, "-c", str(configuration)])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    raise SystemExit(main())

"""`invotify demo`: everything it prints works, and each start begins with the same data."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.support import node
from tests.support.demo import Demo, command, environment, running_demo
from tests.support.servers import free_port, wait_until
from tests.support.staff import numbers_in, token_in
from tests.support.tcp_proxy import tcp_proxy

_ROOT: Final = Path(__file__).parents[2]


def _start_error(folder: Path, port: int, **more: str) -> str:
    completed = subprocess.run(
        command(port),
        check=False,
        cwd=folder,
        env=environment(**more),
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    assert completed.returncode == 1
    return completed.stderr


def _paste(command: str) -> str:
    shell = ["bash", "-c", command]
    return subprocess.run(shell, capture_output=True, text=True, check=True, timeout=20).stdout


@contextmanager
def _pasted(command: str, out: Path) -> Iterator[Path]:
    """Run a command in the background, with its output in `out`."""
    with out.open("w") as file:
        process = subprocess.Popen(["bash", "-c", command], stdout=file, start_new_session=True)
    try:
        yield out
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the working directory of the demo."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[Demo]:
    """Yield a running demo whose invoices the tests may open often."""
    with running_demo(folder, RATE_VIEWS_PER_IP="1000/minute") as running:
        yield running


def test_the_message_is_all_that_is_printed(demo: Demo) -> None:
    assert demo.printed.startswith("\nInvotify's demo is ready.")


def test_every_printed_link_works(demo: Demo) -> None:
    assert len(demo.links) == 7
    answers = [httpx.get(link, follow_redirects=True) for link in demo.links]
    assert [answer.status_code for answer in answers] == [200] * 7


def test_an_invoice_can_be_paid_through_the_sandbox(demo: Demo) -> None:
    token = demo.find(r"/invoice/(\S+)")
    with httpx.Client(follow_redirects=True) as client:
        payment_page = client.post(f"{demo.url}/invoice/{token}/checkout")
        assert "/stripe-sandbox/pay/" in str(payment_page.url)
        paid = client.post(str(payment_page.url))
    assert str(paid.url).startswith(f"{demo.url}/invoice/{token}?payment=success")
    assert paid.status_code == 200
    query = (
        "query($token: String!) { invoice(token: $token) { status payment { partialAllowed } } }"
    )
    assert demo.gql(query, token=token)["invoice"] == {"status": "PAID", "payment": None}


def test_the_portal_shows_invoices_in_several_states(demo: Demo) -> None:
    query = """query($token: String!) { portal(token: $token) {
        isOverdue invoices { edges { node { status } } } } }"""
    portal = demo.gql(query, token=demo.find(r"/portal/(\S+)"))["portal"]
    statuses = {edge["node"]["status"] for edge in portal["invoices"]["edges"]}
    assert portal["isOverdue"]
    assert statuses == {"ISSUED", "PARTIALLY_PAID", "PAID"}


def test_a_client_has_answered_a_quote_and_asked_about_it(demo: Demo) -> None:
    query = """{ company { questions(answered: false) { edges { node {
        name quote { status answeredBy purchaseOrder: answerPurchaseOrder } } } } } }"""
    [edge] = demo.gql(query)["company"]["questions"]["edges"]
    assert edge["node"] == {
        "name": "Jonah Finch",
        "quote": {"status": "ACCEPTED", "answeredBy": "Jonah Finch", "purchaseOrder": "HF-2207"},
    }


def test_the_logo_is_served(demo: Demo) -> None:
    url = demo.gql("{ company { logoUrl } }")["company"]["logoUrl"]
    assert url.startswith(f"{demo.url}/logo/")
    logo = httpx.get(url)
    assert (logo.status_code, logo.headers["content-type"]) == (200, "image/png")
    assert f'src="{url}"' in httpx.get(demo.links[0]).text


def test_all_customers_and_invoices_are_loaded(demo: Demo) -> None:
    data = demo.gql("{ company { customers { totalCount } invoices { totalCount } } }")
    assert data["company"] == {"customers": {"totalCount": 12}, "invoices": {"totalCount": 40}}


def test_all_invoices_have_e_invoices_but_those_in_dinars(demo: Demo) -> None:
    query = """{ company { invoices(first: 40) { edges { node {
        total { currency } eInvoice { formats { format ready } } } } } } }"""
    edges = demo.gql(query)["company"]["invoices"]["edges"]
    ready = Counter(
        (each["format"], edge["node"]["total"]["currency"] == "KWD")
        for edge in edges
        for each in edge["node"]["eInvoice"]["formats"]
        if each["ready"]
    )
    xml = dict.fromkeys(("FACTUR_X", "XRECHNUNG_CII", "XRECHNUNG_UBL"), 37)
    # In Peppol, there are no participants in the United States, Japan and Vietnam, for example.
    assert ready == {(name, False): count for name, count in (xml | {"PEPPOL_UBL": 24}).items()}
    page = httpx.get(demo.links[0]).text
    assert "E-invoice (XML)" in page


def test_view_statistics_match_the_views(demo: Demo) -> None:
    query = """{ company { invoices(first: 20, shared: true) { edges { node {
        viewStats { viewCount uniqueIps firstViewedAt lastViewedAt }
        views(first: 20) { edges { node { viewedAt ip } } } } } } } }"""
    edges = demo.gql(query)["company"]["invoices"]["edges"]
    for invoice in (edge["node"] for edge in edges):
        views = [edge["node"] for edge in invoice["views"]["edges"]]
        times = [view["viewedAt"] for view in views]
        assert times == sorted(times, key=datetime.fromisoformat, reverse=True)
        assert invoice["viewStats"] == {
            "viewCount": len(views),
            "uniqueIps": len({view["ip"] for view in views}),
            "firstViewedAt": times[-1] if times else None,
            "lastViewedAt": times[0] if times else None,
        }


def test_the_printed_password_signs_in(demo: Demo) -> None:
    query = "mutation($input: SignInInput!) { signIn(input: $input) { actor { email } } }"
    email, password = demo.find(r"(\S+@\S+) / "), demo.find(r" / (\S+)\n")
    actor = demo.gql(query, input={"email": email, "password": password})["signIn"]["actor"]
    assert actor == {"email": email}


def test_the_read_command_works_when_pasted(demo: Demo) -> None:
    assert '"number":"INV-' in _paste(demo.find(r"# Read .*\n(curl .*)\n"))


def test_both_follow_commands_show_an_open_when_pasted(demo: Demo, tmp_path: Path) -> None:
    websocket = demo.find(r"# Follow .*\n((?s:.*?)\nEOF)\n")
    events = demo.find(r"# The same .*\n(curl .*)\n")
    with _pasted(websocket, tmp_path / "1") as one, _pasted(events, tmp_path / "2") as two:
        followed = "invotify_followers 2.0"
        wait_until(lambda: followed in httpx.get(f"{demo.url}/metrics").text, "followers")
        recorded = _paste(demo.find(r"# Open .*\n(curl .*)\n"))
        assert json.loads(recorded)["data"] == {"recordView": {"recorded": True}}
        wait_until(lambda: '"EMAIL"' in one.read_text(), "the websocket's event")
        wait_until(lambda: '"EMAIL"' in two.read_text(), "the server-sent event")


def test_a_taken_port_is_reported_and_nothing_is_deleted(demo: Demo, folder: Path) -> None:
    database = folder / "demo.db"
    before = database.stat().st_ino
    assert "it is taken. Choose another one with --port, or with make demo PORT=" in _start_error(
        folder, int(demo.url.rpartition(":")[2])
    )
    assert database.stat().st_ino == before


def test_production_is_refused(tmp_path: Path) -> None:
    assert "not for production" in _start_error(tmp_path, free_port(), ENVIRONMENT="production")
    assert not list(tmp_path.iterdir())


def test_the_printed_password_opens_the_dashboard(demo: Demo) -> None:
    email, password = demo.find(r"(\S+@\S+) / "), demo.find(r" / (\S+)\n")
    with httpx.Client(base_url=demo.url, follow_redirects=True) as browser:
        form_token = token_in(browser.get("/dashboard").text)
        fields = {"form_token": form_token, "email": email, "password": password}
        page = browser.post("/dashboard/sign-in", data=fields)
        assert (page.status_code, page.url.path) == (200, "/dashboard")
        assert "Mira Halden" in page.text
        assert "keeps coming back to" in page.text
        assert "Recorded by Mira Halden" in page.text
        numbers = numbers_in(browser.get("/dashboard/invoices").text)
    assert len(numbers) == 20  # and five drafts, which have none


def _api_examples(demo: Demo) -> str:
    """Return the examples of the API page as one script, with what the demo has printed."""
    page = (_ROOT / "docs/api.md").read_text(encoding="utf-8")
    script, followers = ["set -eu"], 0
    for block in re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        if "subscription {" in block:
            # It runs until it is stopped, so the script goes on once the subscription is open.
            followers += 1
            script.append(f"(\n{block}) > followed-{followers} &")
            opened = f'curl -sS "$URL/metrics" | grep -q "^invotify_followers {followers}"'
            script.append(f"until {opened}; do sleep 0.1; done")
        else:
            script.append(block)
    script.append("for file in followed-*; do until grep -q data $file; do sleep 0.1; done; done")
    script.append("kill $(jobs -p)")
    printed = {
        "http://127.0.0.1:8000": demo.url,
        "inv_key_…": demo.find(r"(inv_key_\S+)\n"),
        "EMAIL=…": "EMAIL=" + demo.find(r"(\S+@\S+) / "),
        "PASSWORD=…": "PASSWORD=" + demo.find(r" / (\S+)\n"),
    }
    text = "\n".join(script)
    for placeholder, value in printed.items():
        text = text.replace(placeholder, value)
    return text


def test_the_examples_of_the_api_page_run_as_they_stand(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "dev").symlink_to(_ROOT / "dev")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    process = subprocess.Popen(
        ["bash", "-c", _api_examples(demo)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate(timeout=90)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    *answers, last = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    assert len(answers) > 15
    assert [answer for answer in answers if "errors" in answer] == []
    assert last["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    followed = [(tmp_path / f"followed-{number}").read_text() for number in (1, 2, 3)]
    assert "viewedAt" in followed[0]
    assert "viewedAt" in followed[1]
    assert "CREDIT_APPLIED" in followed[2]


def _program(language: str) -> str:
    """Return a dashboard of the API page, which its blocks make up in their order."""
    page = (_ROOT / "docs/api.md").read_text(encoding="utf-8")
    tutorial = page.partition("\n## A live dashboard")[2].partition("\n## ")[0]
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", tutorial, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    return "\n".join(blocks)


def _dashboard(language: str, folder: Path) -> list[str]:
    """Write a dashboard of the API page into a folder, and return the command that runs it."""
    if language == "python":
        (folder / "dashboard.py").write_text(_program(language), encoding="utf-8")
        return [sys.executable, str(folder / "dashboard.py")]
    packages = node.install(_ROOT / "tests/clients", "clients-on-node")
    if packages is None:
        pytest.skip(node.NO_NODE)
    (folder / "node_modules").symlink_to(packages / "node_modules")
    (folder / "dashboard.mjs").write_text(_program(language), encoding="utf-8")
    return ["node", str(folder / "dashboard.mjs")]


@pytest.mark.parametrize("language", ["js", "python"])
async def test_a_dashboard_of_the_api_page_loses_nothing(
    demo: Demo, tmp_path: Path, language: str
) -> None:
    def open_invoice(source: str) -> None:
        query = "mutation($input: RecordViewInput!) { recordView(input: $input) { recorded } }"
        values = {"input": {"token": demo.find(r"/invoice/(\S+)"), "source": source}}
        agent = {"user-agent": "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Firefox/140.0"}
        request = {"query": query, "variables": values}
        answer = httpx.post(f"{demo.url}/graphql", json=request, headers=agent).json()
        assert answer["data"] == {"recordView": {"recorded": True}}

    command = await asyncio.to_thread(_dashboard, language, tmp_path)
    async with tcp_proxy(int(demo.url.rpartition(":")[2])) as proxy:
        variables = {
            "PATH": os.environ["PATH"],
            "URL": f"http://127.0.0.1:{proxy.port}",
            "KEY": demo.find(r"(inv_key_\S+)\n"),
        }
        process = await asyncio.create_subprocess_exec(
            *command, env=variables, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout
        try:
            await _read_until("Live", process.stdout)
            await asyncio.to_thread(open_invoice, "EMAIL")
            await _read_until("opened: EMAIL", process.stdout)
            proxy.cut()
            for source in ("LINK", "PORTAL"):
                await asyncio.to_thread(open_invoice, source)
            missed = await _read_until("opened: PORTAL", process.stdout)
        finally:
            process.kill()
            await process.wait()
    assert re.findall(r"opened: (\w+)", missed) == ["LINK", "PORTAL"]


async def _read_until(text: str, stream: asyncio.StreamReader) -> str:
    """Return what a program prints, up to a line with `text`."""
    lines: list[str] = []
    async with asyncio.timeout(30):
        while not lines or text not in lines[-1]:
            line = await stream.readline()
            assert line, "the program ended"
            lines.append(line.decode())
    return "".join(lines)


def test_a_second_start_has_the_same_links(demo: Demo, folder: Path, tmp_path: Path) -> None:
    query = "{ company { invoices(first: 100, shared: true) { edges { node { shareUrl } } } } }"

    def paths(demo: Demo) -> list[str]:
        edges = demo.gql(query)["company"]["invoices"]["edges"]
        links = demo.links + [edge["node"]["shareUrl"] for edge in edges]
        return [link.removeprefix(demo.url) for link in links]

    shutil.copy(folder / "demo.db", tmp_path)
    with running_demo(tmp_path) as again:
        links = paths(again)
    assert len(links) == 7 + 11
    assert [link for link in paths(demo) if link in links] == links

"""Logs contain no readable secrets, in any format and from any logger."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import structlog

from core.logging import configure_logging, log_request, mask
from tests.support.clients import Business, eventually

TOKEN = "3f2b8c1e-9d4a-4f6b-8a7c-1e2d3c4b5a69"
KEY = "inv_key_Zx9yWv8uTs7rQp6oNm5lKj4iHg3fEd2cBa1"
SESSION = "inv_session_Ab1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV"
PASSWORD = "hunter2"
_DETAILS = {
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "network": "192.0.2.0/24",
    "company_id": TOKEN,
    "operation": "InvoicePage",
}
SECRETS = (
    pytest.param(f"opened {TOKEN}", TOKEN[9:], id="token"),
    pytest.param(f"opened {TOKEN.upper()}", TOKEN[9:], id="token in capitals"),
    pytest.param(f"GET /invoice/{TOKEN}?source=email", TOKEN[9:], id="path"),
    pytest.param(f"GET /credit-note/{TOKEN}/CN-1.pdf", "9d4a", id="credit note"),
    pytest.param(f"GET /quote/{TOKEN.replace('-', '')}.pdf", "9d4a", id="quote"),
    pytest.param(f"GET /portal/{TOKEN.replace('-', '%2D')}/A-1", "9d4a", id="encoded hyphens"),
    pytest.param(f"GET /invoice/%33{TOKEN[1:]}", TOKEN[9:], id="encoded digit"),
    pytest.param(f"GET /preferences/{TOKEN.replace('-', '')}", "9d4a", id="no hyphens"),
    pytest.param(f"GET /unsubscribe/{{{TOKEN.upper()}}}/marketing", TOKEN[9:], id="braces"),
    pytest.param(f"key {KEY} used", KEY[14:], id="key"),
    pytest.param(f"session={SESSION};", SESSION[18:], id="session"),
    pytest.param(f"redis://:{PASSWORD}@cache:6379/0", PASSWORD, id="password"),
    pytest.param(f"postgres://app:{PASSWORD}@2/x@db/app", PASSWORD, id="password with an at"),
    pytest.param(f"sentinel://s/x?sentinel_password={PASSWORD}&x=1", PASSWORD, id="Sentinel"),
    pytest.param("authorization: Bearer s3cr3t-of-others", "s3cr3t", id="bearer"),
    pytest.param("{'authorization': 'bearer  s3cr3t'}", "s3cr3t", id="bearer in a dict"),
)


@dataclass
class Log:
    """The log that was written."""

    stream: io.StringIO

    @property
    def text(self) -> str:
        """The whole log in lower case."""
        return self.stream.getvalue().lower()

    @property
    def lines(self) -> list[str]:
        """The lines of the log."""
        return self.stream.getvalue().splitlines()


@pytest.fixture(params=[False, True], ids=["text", "json"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    """Configure logging as text and as JSON, and restore it afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    configure_logging(
        as_json=request.param, is_passing=lambda error: isinstance(error, ConnectionError)
    )
    [handler] = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    handler.setStream(stream)
    yield Log(stream)
    root.handlers = handlers
    root.level = level


@pytest.mark.parametrize(("line", "secret"), SECRETS)
def test_no_logger_writes_a_readable_secret(log: Log, line: str, secret: str) -> None:
    structlog.get_logger("ours").info(line, path=line, deep={"list": [line], line: 1})
    logging.getLogger("uvicorn.error").info("%s - accepted", line)
    logging.getLogger("theirs").warning("received", extra={"header": line, "raw": line.encode()})
    assert len(log.lines) == 3
    assert secret.lower() not in log.text


@pytest.mark.parametrize(("line", "secret"), SECRETS)
def test_traceback_contains_no_readable_secret(log: Log, line: str, secret: str) -> None:
    try:
        _fail(line, secret)
    except RuntimeError as error:
        structlog.get_logger("ours").exception("broke")
        structlog.get_logger("ours").error("broke", exc_info=error)
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    assert log.text.count("traceback (most recent call last)") == 3
    assert secret.lower() not in log.text


@pytest.mark.parametrize("log", [True], indirect=True)
@pytest.mark.parametrize(("line", "secret"), SECRETS)
def test_production_lines_are_valid_json(log: Log, line: str, secret: str) -> None:
    try:
        _fail(f'{{"quoted":"{line}","next":"x@y"}}', secret)
    except RuntimeError:
        structlog.get_logger("ours").exception("broke", first=f'"{line}"', last=line)
    [event] = map(json.loads, log.lines)
    assert event["event"] == "broke"
    assert event["exception"].startswith("Traceback (most recent call last):")
    assert secret.lower() not in str(event).lower()


def test_an_error_that_passes_has_one_line_and_a_bug_its_traceback(log: Log) -> None:
    for error in (ConnectionResetError("away"), RuntimeError("bug")):
        try:
            raise error
        except (ConnectionError, RuntimeError):
            structlog.get_logger("ours").warning("broke", exc_info=True)
            structlog.get_logger("ours").error("broke", exc_info=error)
            logging.getLogger("asyncio").exception("broke")
    assert [line.count("ConnectionResetError") for line in log.lines[:3]] == [1, 1, 1]
    assert "traceback" not in "".join(log.lines[:3]).lower()
    assert log.text.count("traceback (most recent call last)") == 3


def test_a_long_text_does_not_fill_the_log(log: Log) -> None:
    text = "a" * 250_000
    try:
        _fail(f"{text}: too long", text)
    except RuntimeError:
        structlog.get_logger("ours").exception("broke", value=text, deep=[{"value": text}])
    structlog.get_logger("ours").info("\n".join(["line"] * 250_000))
    assert len(log.text) < 100_000
    assert "traceback (most recent call last)" in log.text
    assert "runtimeerror: aaa" in log.text


def _fail(message: str, local_variable: str) -> None:
    assert local_variable
    raise RuntimeError(message)


def test_request_ids_and_plain_words_stay_readable() -> None:
    request_id = uuid4().hex
    line = f"{request_id} GET /graphql http://127.0.0.1:8000/healthz a bearer"
    assert mask(line) == line


def test_masked_tokens_still_identify_a_row() -> None:
    assert mask(f"/invoice/{TOKEN}.pdf") == "/invoice/3f2b8c1e….pdf"
    assert mask(TOKEN) == "3f2b8c1e…"
    assert mask(KEY) == "inv_key_Zx9y…"
    assert mask("secret=whsec_C2FtcGxl+bm90/IHJlYWw=&x") == "secret=whsec_C2Ft…&x"
    invitation = KEY.replace("key", "invitation")
    assert mask(f"/dashboard/welcome/{invitation}") == "/dashboard/welcome/inv_invitation_Zx9y…"


async def test_request_logs_neither_its_token_nor_its_key(business: Business, capture: Log) -> None:
    token = await business.share(await business.make_invoice())
    encoded = token.replace("-", "%2D", 1)
    opened = await business.http.get(f"/invoice/{encoded}", headers=business.headers)
    assert opened.status_code == 200

    async def is_logged() -> bool:
        return opened.headers["x-request-id"] in capture.text

    await eventually(is_logged)
    assert f"/invoice/{token[:8]}" in capture.text
    assert token[9:] not in capture.text
    assert (business.secret or "")[14:].lower() not in capture.text


async def test_preferences_requests_log_no_token(business: Business, capture: Log) -> None:
    token = str((await business.make_preference()).token)
    client = business.stranger
    for path, form in (
        (f"/preferences/{token}", {"documentEmails": "false"}),
        (f"/unsubscribe/{token}/marketing", {"List-Unsubscribe": "One-Click"}),
    ):
        sent = await client.http.post(path, data=form, headers=client.headers)
        opened = await client.http.get(path, headers=client.headers)
        assert (sent.status_code < 400, opened.status_code) == (True, 200)
    broken = await client.http.post(f"/preferences/{token}", content=b"x", headers=client.headers)
    assert broken.status_code == 400

    async def is_logged() -> bool:
        return broken.headers["x-request-id"] in capture.text

    await eventually(is_logged)
    assert f"/preferences/{token[:8]}" in capture.text
    assert f"/unsubscribe/{token[:8]}" in capture.text
    assert token[9:] not in capture.text


@pytest.fixture
def capture(portal_url: str) -> Iterator[Log]:
    """Capture the log of the running portal."""
    assert portal_url
    [handler] = [h for h in logging.getLogger().handlers if type(h) is logging.StreamHandler]
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield Log(stream)
    if before:
        handler.setStream(before)


@pytest.mark.parametrize("log", [True], indirect=True)
@pytest.mark.parametrize(
    "path", ["/graphql", f"/invoice/{TOKEN}.pdf", '/"\\\n\x00é', "/" + "a" * 900]
)
def test_the_line_of_a_request_has_the_form_of_all_lines(
    log: Log, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = datetime.now(UTC)
    log_request(
        method="POST", path=path, status=200, seconds=0.0015, request_id="5f" * 16, details=_DETAILS
    )
    # pytest listens, too. Without it there is no record.
    monkeypatch.setattr(logging.root, "handlers", logging.root.handlers[:1])
    log_request(
        method="POST", path=path, status=200, seconds=0.0015, request_id="5f" * 16, details=_DETAILS
    )
    usual, direct = (json.loads(line) for line in log.lines)
    assert list(direct) == list(usual)
    assert datetime.fromisoformat(direct.pop("timestamp")) >= started
    del usual["timestamp"]
    assert direct == usual
    assert TOKEN[9:] not in log.text


def test_requests_are_logged_in_every_environment(log: Log) -> None:
    path = f"/invoice/{TOKEN}"
    log_request(
        method="GET", path=path, status=404, seconds=0.0015, request_id="5f" * 16, details=_DETAILS
    )
    [line] = log.lines
    for shown in ("5f" * 16, "404", "1.5", f"/invoice/{TOKEN[:8]}…", "info"):
        assert shown in line or json.dumps(shown)[1:-1] in line
    assert TOKEN[9:] not in line


@pytest.mark.parametrize("log", [True], indirect=True)
async def test_lines_of_requests_come_before_later_ones_and_need_no_loop_to_wait(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.root, "handlers", logging.root.handlers[:1])
    for path in ("/first", "/second"):
        log_request(
            method="GET", path=path, status=200, seconds=0, request_id="5f" * 16, details={}
        )
    assert not log.text
    structlog.get_logger("test").info("third")
    assert [json.loads(line).get("path") for line in log.lines] == ["/first", "/second", None]
    log_request(method="GET", path="/last", status=200, seconds=0, request_id="5f" * 16, details={})
    await asyncio.sleep(0)
    assert json.loads(log.lines[-1])["path"] == "/last"

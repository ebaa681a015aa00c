"""Mail: rendered when it is sent, taken by a real SMTP server, tried again or given up, and sent once."""

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from structlog.testing import capture_logs

from app.adapters.mail import Smtp
from app.domain.ports import Letter, Undeliverable
from app.jobs.mail import Post
from app.jobs.runner import Runner
from app.resolvers.notices import SEND
from tests.conftest import Api
from tests.people import NORTH, OPERATOR, OWNER

INVITE = f"""mutation ($email: String = "nia@example.com", $name: String = "Nia") {{
  userInvite(input: {{accountId: "{NORTH}", name: $name, email: $email, level: EDITOR}}) {{
    userErrors {{ code message }} }} }}"""
STATE = "SELECT status, attempts, last_error FROM email_message WHERE \"to\" = 'nia@example.com'"


@dataclass
class Server:
    """A mail server that answers as it is told to, and keeps what it takes."""

    answers: list[str] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    knows_us: bool = True

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        self.recipients += envelope.rcpt_tos
        return "250 taken"

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, login: LoginPassword) -> AuthResult:
        self.logins.append((login.login, login.password))
        return AuthResult(success=self.knows_us, handled=False)


@pytest.fixture
def server(api: Api) -> Iterator[Server]:
    """A server of its own, to which the installation sends its mail."""
    made = Server()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(made, "127.0.0.1", port, authenticator=made.login, auth_require_tls=False)
    controller.start()
    mailer = Smtp(f"smtp://end%40cap:s%3Acret@127.0.0.1:{port}", "Endcap <ads@shop.example>")
    post = Post(api.installation.letters, mailer)
    api.installation.runner = Runner(api.installation.database, api.clock, {SEND: post.send}, ())
    yield made
    controller.stop()


def invite(api: Api, **given: str) -> None:
    assert api(INVITE, as_=OWNER, **given).data == {"userInvite": {"userErrors": []}}


def test_a_letter_arrives_in_text_and_html_and_says_who_writes_and_why(api: Api, server: Server):
    invite(api)
    assert api.work() == 1

    (message,) = server.taken
    assert server.recipients == ["nia@example.com"]
    assert server.logins == [(b"end@cap", b"s:cret")]
    assert (message["Subject"], message["From"]) == ("Ada Owner invites you to North", "Endcap <ads@shop.example>")
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    for body in (text, html):
        assert "Hello Nia," in body
        assert "http://127.0.0.1:8000/invitation?token=ecl_" in body
    assert 'style="' in html
    assert api.rows(STATE) == [("SENT", 1, None)]


def test_the_link_stands_in_the_letter_and_nowhere_else(api: Api, server: Server):
    invite(api)
    api.work()

    text = server.taken[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    secret = text.partition("token=")[2].split()[0]
    assert len(secret) == 47
    for table in ("email_message", "one_time_link", "job", "change", "invitation"):
        assert secret not in str(api.rows(f"SELECT * FROM {table}"))


def test_what_people_write_about_themselves_stays_text(api: Api, server: Server):
    invite(api, name="<b>Nia</b> {{ 7*7 }} é")
    api.work()

    text, html = (server.taken[0].get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert "Hello <b>Nia</b> {{ 7*7 }} é," in text
    assert "Hello &lt;b&gt;Nia&lt;/b&gt; {{ 7*7 }} é," in html


def test_a_server_that_is_busy_is_asked_again(api: Api, server: Server):
    server.answers = ["451 try again later"]
    invite(api)
    with capture_logs():
        api.work()
    assert server.taken == []
    assert api.rows(STATE) == [("FAILED", 1, "451 try again later")]

    api.clock.pass_(seconds=5)
    api.work()
    assert len(server.taken) == 1
    assert api.rows(STATE) == [("SENT", 2, None)]


def test_a_mailbox_that_is_not_there_is_given_up_at_once(api: Api, server: Server):
    server.answers = ["550 no such mailbox"]
    invite(api)
    with capture_logs():
        api.work()
    api.clock.pass_(days=2)
    api.work()

    assert server.taken == []
    assert api.rows(STATE) == [("DEAD", 1, "550 no such mailbox")]
    assert api.rows("SELECT status, last_error FROM job") == [("DEAD", "550 no such mailbox")]


def test_a_server_that_does_not_know_us_is_no_reason_to_give_letters_up(api: Api, server: Server):
    server.knows_us = False
    invite(api)
    with capture_logs():
        api.work()
    assert api.rows(STATE)[0][:2] == ("FAILED", 1)

    server.knows_us = True
    api.clock.pass_(seconds=5)
    api.work()
    assert len(server.taken) == 1


def test_without_a_server_mail_waits_for_one(api: Api, server: Server):
    post = Post(api.installation.letters, Smtp("smtp://127.0.0.1:9", "e@x.example"))
    away = Runner(api.installation.database, api.clock, {SEND: post.send}, ())
    invite(api)
    with capture_logs():
        api.run(away.drain)
    assert api.rows(STATE)[0][:2] == ("FAILED", 1)

    api.clock.pass_(seconds=5)
    api.work()
    assert len(server.taken) == 1


def test_a_runner_that_died_after_sending_sends_again_under_the_same_id(api: Api, server: Server):
    invite(api)
    api.work()
    api.write("UPDATE job SET status = 'QUEUED'")
    api.write("UPDATE email_message SET status = 'SENDING'")
    api.work()

    first, again = server.taken
    assert first["Message-ID"] == again["Message-ID"]


def test_a_message_that_was_sent_is_not_sent_again(api: Api, server: Server):
    invite(api)
    api.work()
    api.write("UPDATE job SET status = 'QUEUED'")
    assert api.work() == 1
    assert len(server.taken) == 1


class Refusing:
    """A mail server whose words are not UTF-8."""

    async def send(self, letter: Letter) -> None:
        raise Undeliverable("550 Bo\udceete inconnue")


def test_an_answer_in_any_encoding_is_kept(api: Api):
    post = Post(api.installation.letters, Refusing())
    invite(api)
    with capture_logs():
        api.run(Runner(api.installation.database, api.clock, {SEND: post.send}, ()).drain)

    assert api.rows(STATE) == [("DEAD", 1, "550 Bo\N{REPLACEMENT CHARACTER}te inconnue")]


def test_a_domain_goes_out_in_ascii(api: Api, server: Server):
    invite(api, email="nia@ex\N{LATIN SMALL LETTER A WITH DIAERESIS}mple.com")
    api.work()

    assert server.recipients == ["nia@xn--exmple-cua.com"]


def test_a_letter_that_can_be_muted_says_so_to_mail_programs(api: Api, server: Server):  # RFC 8058
    suspend = 'mutation ($id: ID!) { accountSuspend(input: {id: $id, reason: "R"}) { seq } }'
    api(suspend, as_=OPERATOR, id=NORTH)
    api.work()

    (message,) = server.taken
    assert re.fullmatch(r"<http://127.0.0.1:8000/unsubscribe\?token=ecl_[\w-]{43}>", message["List-Unsubscribe"])
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

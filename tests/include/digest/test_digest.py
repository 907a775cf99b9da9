"""The digest: only when something happened, only once, to real servers, and harmless whatever creators are called."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from include.comets.digest import as_html, as_text, news, read_digest, subject, unread
from include.digest.channels import DayDigest
from tests.fixtures.dashboard import _as_airflow_writes
from tests.fixtures.mailbox import SECRET, Mailbox, Receiver

DAY = date(2026, 11, 2)
PAGES = "http://localhost:8080/cometwatch"
EVIL = "<script>alert(1)</script>{{ 7*7 }}<!channel>|x\r\nBcc: a@b"


def enter(connection: psycopg.Connection, **columns: Any) -> None:
    about = {"pipeline": "comets", "run_id": "r1", "day": DAY}
    values = {**about, "mode": "live", "settings": "{}", "state": "complete", **columns}
    connection.execute(
        psycopg.sql.SQL("insert into runs ({}) values ({})").format(
            psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, values)),
            psycopg.sql.SQL(", ").join(psycopg.sql.Placeholder() * len(values)),
        ),
        list(values.values()),
    )


def put(
    connection: psycopg.Connection,
    user: str,
    counts: dict[str, int],
    *,
    handle: str | None = None,
    estimated: tuple[str, ...] = (),
) -> None:
    """A creator first seen on the first of these days, with these followers and the growth that follows."""
    connection.execute(
        "insert into creators (user_id, handle, first_seen_on, first_seen_keyword) values (%s, %s, %s, 'ice')",
        [user, handle or user, min(counts)],
    )
    before: int | None = None
    for day, followers in sorted(counts.items()):
        growth = 0 if before is None else followers - before
        connection.execute(
            "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, compared_with,"
            " daily_growth_followers, daily_growth_percent, observed_at, origin, is_estimated) values"
            " (%s, %s, %s, 1, 1, %s::date - 1, %s, %s, now(), %s, %s)",
            [
                user, day, followers, None if before is None else day, growth, round(growth * 100 / before, 2) if before else 0,
                "interpolation" if day in estimated else "roll_call", day in estimated,
            ],
        )  # fmt: skip
        before = followers


def digest(connection: psycopg.Connection) -> Any:
    return read_digest(connection, "r1", DAY, PAGES)


def test_a_quiet_day_tells_nothing(connection: psycopg.Connection):
    """A complete day on which everybody moved a little has no news."""
    enter(connection)
    put(connection, "calm", {"2026-11-01": 20_000, "2026-11-02": 20_900})
    assert digest(connection).has_news is False


def test_everything_at_once(connection: psycopg.Connection):
    """New comets, growers and graduates are told with their numbers; who is estimated is no news."""
    enter(connection)
    put(connection, "new", {"2026-11-02": 12_345}, handle="nova")
    put(connection, "fast", {"2026-11-01": 10_000, "2026-11-02": 12_500})
    put(connection, "guess", {"2026-11-01": 10_000, "2026-11-02": 20_000}, estimated=("2026-11-02",))
    put(connection, "big", {"2026-11-01": 99_000, "2026-11-02": 101_000})
    put(connection, "bigger", {"2026-11-01": 101_000, "2026-11-02": 102_000})
    found = digest(connection)
    assert subject(found) == "Cometwatch 2026-11-02: 1 new comet, 1 graduate"
    assert as_text(found) == (
        "*Cometwatch 2026-11-02: 1 new comet, 1 graduate*\n"
        "*New comets*\n"
        f"• <{PAGES}/creators/new|@nova> 12,345 followers, found under ice\n"
        "*Top growers since yesterday*\n"
        f"• <{PAGES}/creators/fast|@fast> +2,500 (+25.00 %), now 12,500\n"
        "*Left the band upwards*\n"
        f"• <{PAGES}/creators/big|@big> 101,000 followers\n"
        f"<{PAGES}/comets|Ranking> · <{PAGES}/runs/2026-11-02|the day>"
    )
    assert "12,345 followers, found under ice" in as_html(found)


def test_a_red_day_is_told(connection: psycopg.Connection):
    """An incomplete day is news, with its reasons."""
    enter(
        connection,
        state="incomplete",
        failed_tasks=["discover"],
        stopped_because="the TikHub balance is used up (402).",
    )
    found = digest(connection)
    assert subject(found) == "Cometwatch 2026-11-02: the day is not complete"
    assert "the TikHub balance is used up (402)." in as_text(found)
    assert "Red: discover. Clear them with everything downstream." in as_text(found)


def test_a_red_past_day_is_not_told_to_be_measured(connection: psycopg.Connection):
    """A task cleared after the day sends the digest anew: what it says of the day is that it is past."""
    enter(connection, state="incomplete", failed_tasks=["roll_call_0"])
    late = datetime(2026, 11, 3, 6, tzinfo=UTC)
    on_the_day, after = (
        as_text(read_digest(connection, "r1", DAY, PAGES, now)) for now in (late - timedelta(seconds=1), late)
    )
    assert "Red: roll_call_0. Clear them with everything downstream." in on_the_day
    assert "Red: roll_call_0. The day is past: nobody is measured for it any more." in after


def test_the_overruled_are_not_announced(connection: psycopg.Connection):
    """Neither as new, nor as a grower or graduate; once withdrawn, they are."""
    put(connection, "1", {"2026-11-02": 20_000})
    put(connection, "2", {"2026-11-01": 90_000, "2026-11-02": 120_000})
    connection.execute(
        "insert into overrules (made_by, day, keyword, video_id, user_id, layer, expected, reason)"
        " select 'op', '2026-11-02', 'k', 'v', given, 'face', 'refuse', 'A poster.' from unnest(array['1', '2']) as given"
    )
    enter(connection)
    digest = read_digest(connection, "r1", DAY, PAGES)
    assert digest is not None
    assert not digest.has_news
    connection.execute("update overrules set withdrawn_at = clock_timestamp(), withdrawn_by = 'op'")
    digest = read_digest(connection, "r1", DAY, PAGES)
    assert digest is not None
    assert (digest.new_comets, digest.graduates, len(digest.growers)) == (1, 1, 1)


def test_coverage_is_said_and_is_no_news(connection: psycopg.Connection):
    """Measured and due stand in text and mail; one more who was measured at a second try does not send it again."""
    put(connection, "1", {"2026-11-02": 20_000})
    enter(connection, coverage=0.9, measured=9, due=10)
    first = read_digest(connection, "r1", DAY, PAGES)
    assert first is not None
    assert "Coverage: 9 of 10 due (90.0%)" in as_text(first)
    assert "Coverage: 9 of 10 due (90.0%)" in as_html(first)
    connection.execute("update runs set measured = 10")
    second = read_digest(connection, "r1", DAY, PAGES)
    assert second is not None
    assert "Coverage: 10 of 10 due (100.0%)" in as_text(second)
    assert second.fingerprint == first.fingerprint


@pytest.mark.parametrize("columns", [{"mode": "replay"}, {"settings": '{"dry_run": true}'}])
def test_replays_and_dry_runs_tell_nothing(connection: psycopg.Connection, columns: dict[str, str]):
    """A backfill of last week must not send seven digests."""
    enter(connection, **columns)
    put(connection, "new", {"2026-11-02": 12_345})
    assert digest(connection) is None


def test_a_run_that_left_no_line(connection: psycopg.Connection):
    """A day that could not even begin is news."""
    assert "could not begin" in as_text(digest(connection))


def test_hostile_names_are_harmless(connection: psycopg.Connection):
    """No name becomes a tag, a template, a mention, a link or a header."""
    enter(connection)
    put(connection, "evil", {"2026-11-02": 12_345}, handle=EVIL)
    found = digest(connection)
    assert "<script" not in as_html(found)
    assert "{{ 7*7 }}" in html.unescape(as_html(found))
    assert "<!channel>" not in as_text(found)
    assert "&lt;script&gt;" in as_text(found)
    assert "\n" not in subject(found)


@pytest.fixture
def tell(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`tell(mail=…, webhook=…)` ends the report of run r1 with these connections defined."""

    def end(mail: str | None = None, webhook: str | None = None) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_COMETS_DB", _as_airflow_writes(database_url))
        for name, connection in (("AIRFLOW_CONN_COMETS_SMTP", mail), ("AIRFLOW_CONN_COMETS_WEBHOOK", webhook)):
            monkeypatch.setenv(name, connection) if connection else monkeypatch.delenv(name, raising=False)
        run = SimpleNamespace(run_id="r1", logical_date=None, run_after=datetime(2026, 11, 2, 12, tzinfo=UTC))
        DayDigest(news, unread).notify({"dag_run": run})  # type: ignore[typeddict-item]

    return end


def test_it_is_off_without_a_connection(connection: psycopg.Connection, tell: Callable[..., None]):
    """With no connection defined nothing is sent, and nothing is noted."""
    enter(connection, state="incomplete")
    tell()
    assert connection.execute("select count(*) from digests").fetchone() == (0,)


def test_mail_and_webhook_arrive_once(
    connection: psycopg.Connection, tell: Callable[..., None], mailbox: Mailbox, receiver: Receiver
):
    """Both channels get the news once; a rerun of the day is silent until there is something else to say."""
    enter(connection)
    put(connection, "new", {"2026-11-02": 12_345}, handle=EVIL)
    channels = {"mail": mailbox.connection(to="a@example.org, b@example.org"), "webhook": receiver.connection()}
    tell(**channels)
    tell(**channels)
    (letter,) = mailbox.letters
    assert letter["Subject"] == "Cometwatch 2026-11-02: 1 new comet"
    assert letter["To"] == "a@example.org, b@example.org"
    assert letter["Bcc"] is None
    content = letter.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "12,345 followers" in content
    assert "{{ 7*7 }}" in html.unescape(content)
    assert [message["text"].splitlines()[0] for message in receiver.messages] == [
        "*Cometwatch 2026-11-02: 1 new comet*"
    ]
    connection.execute("update runs set state = 'incomplete'")
    tell(**channels)
    assert (len(mailbox.letters), len(receiver.messages)) == (2, 2)


def test_a_channel_that_fails_is_tried_again(
    connection: psycopg.Connection,
    tell: Callable[..., None],
    mailbox: Mailbox,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
):
    """A refused mail or webhook costs the other nothing, tells no secret, and is sent by the next run of the day."""
    enter(connection, state="incomplete")
    mailbox.refuses, receiver.status = True, 500
    channels = {"mail": mailbox.connection(to="a@example.org"), "webhook": receiver.connection()}
    tell(**channels)
    assert caplog.text.count("could not be sent by") == 2
    assert SECRET not in caplog.text
    mailbox.refuses, receiver.status = False, 200
    tell(**channels)
    assert (len(mailbox.letters), len(receiver.messages)) == (1, 1)


def test_a_server_that_is_away(
    connection: psycopg.Connection, tell: Callable[..., None], caplog: pytest.LogCaptureFixture
):
    """Nobody listening is one line in the log, not an error of the task."""
    enter(connection, state="incomplete")
    mail, hook = Mailbox(), Receiver()
    mail.close()
    hook.close()
    tell(mail=mail.connection(to="a@example.org"), webhook=hook.connection())
    assert caplog.text.count("could not be sent by") == 2


def test_a_mail_to_nobody(
    connection: psycopg.Connection, tell: Callable[..., None], mailbox: Mailbox, caplog: pytest.LogCaptureFixture
):
    """A mail connection without recipients says what to write into it."""
    enter(connection, state="incomplete")
    tell(mail=mailbox.connection())
    assert 'put "to": "you@example.org" into its extra' in caplog.text


def test_a_database_that_is_away_is_news(
    tell: Callable[..., None], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    """When not even the database answers, somebody is told."""
    monkeypatch.setattr("include.digest.channels.PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(
        "tests.include.digest.test_digest._as_airflow_writes",
        lambda _: '{"conn_type": "postgres", "host": "127.0.0.1", "port": 1}',
    )
    tell(webhook=receiver.connection())
    assert [message["text"].splitlines()[0] for message in receiver.messages] == [
        "*Cometwatch 2026-11-02: the day is not complete*"
    ]

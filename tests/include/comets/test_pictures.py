"""Small copies of avatars and covers: made anew, fetched once, of live days alone, capped, expiring, erased with the person."""

from __future__ import annotations

import io
import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import psycopg
import pytest
from PIL import Image

from dags.housekeeping import retentions
from include import database, settings
from include.comets import pictures, tasks
from include.comets.pictures import Copy, Limits, Picture, copy_of
from include.database import Database
from include.housekeeping import upkeep
from include.local.played_days import Days
from plugins.filters.face_detectors import Box
from plugins.filters.image_headers import UnreadableImageError
from tests.include.forget_creator.looking import KEY, forget

LIMITS = Limits(a_day=100, days=30, most_bytes=10**9)
SMALL = {"max_keywords": 1, "pages_per_keyword": 1, "skip_roll_call": True}
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def drawn(width: int, height: int, colour: str = "teal") -> Image.Image:
    return Image.new("RGB", (width, height), colour)


def saved(picture: Image.Image, name: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, name, **options)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of 60 bytes that says it has 900 million pixels."""
    body = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + body
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(body)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + bytes(20)
    )


# --- Copies -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "expected"), [((720, 1280), (90, 160)), ((1280, 720), (160, 90)), ((300, 300), (160, 160)), ((100, 60), (100, 60))]
)  # fmt: skip
def test_a_copy_is_a_small_webp(size: tuple[int, int], expected: tuple[int, int]):
    """At most 160 pixels on the longer side, in the picture's proportions, never enlarged, and WebP whatever came."""
    copy = copy_of(saved(drawn(*size), "PNG"))
    read = Image.open(io.BytesIO(copy.image))
    assert (read.format, read.size, (copy.width, copy.height)) == ("WEBP", expected, expected)


def test_noise_is_made_worse_until_it_fits():
    """What no quality makes small enough is made smaller still: never more than 10 kB."""
    noise = Image.fromarray(np.random.default_rng(7).integers(0, 256, (160, 160, 3), dtype=np.uint8))
    copy = copy_of(saved(noise, "PNG"))
    assert len(copy.image) <= 10_000
    assert (copy.width, copy.height) == (112, 112)


def test_nothing_else_of_a_picture_is_kept():
    """No note about place or camera, and no text, comes along."""
    notes = Image.Exif()
    notes[0x010E] = "made at Elm Street"
    copy = copy_of(saved(drawn(300, 300), exif=notes, comment=b"Elm Street"))
    assert b"Elm Street" not in copy.image
    assert Image.open(io.BytesIO(copy.image)).getexif() == {}


def test_a_copy_of_a_copy_is_possible():
    """A copy is itself a picture that is read."""
    once = copy_of(saved(drawn(300, 300)))
    assert copy_of(once.image).width == 160


@pytest.mark.parametrize("body", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"", bomb()])
def test_what_is_no_picture_has_no_copy(body: bytes):
    with pytest.raises(UnreadableImageError):
        copy_of(body)


# --- Fetching -----------------------------------------------------------------------------------------------------------


class Host:
    """A server on this machine that answers each path as it is told, and counts who asks."""

    def __init__(self, answers: dict[str, tuple[int, dict[str, str], bytes]]) -> None:
        asked = self.asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                status, headers, body = answers[self.path]
                self.send_response(status)
                for name, text in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def host() -> Iterator[Callable[..., Host]]:
    hosts: list[Host] = []

    def start(answers: dict[str, tuple[int, dict[str, str], bytes]]) -> Host:
        hosts.append(Host(answers))
        return hosts[-1]

    yield start
    for each in hosts:
        each.close()


@pytest.fixture
def connections(connection: psycopg.Connection, database_url: str) -> Iterator[Database]:
    with Database(lambda: psycopg.connect(database_url)) as opened:
        yield opened


def enter(connection: psycopg.Connection, user_id: str, url: str | None, hours_ago: int = 0) -> None:
    """Somebody on the roster whose profile came so many hours ago."""
    connection.execute(
        "insert into creators (user_id, avatar_url, last_updated_at) values (%s, %s, now() - make_interval(hours => %s))",
        [user_id, url, hours_ago],
    )


def film(connection: psycopg.Connection, user_id: str, video_id: str, url: str | None, plays: int = 1) -> None:
    connection.execute(
        "insert into creator_videos (user_id, video_id, plays, cover_url, seen_at, first_seen_on, last_seen_on)"
        " values (%s, %s, %s, %s, now(), current_date, current_date)",
        [user_id, video_id, plays, url],
    )


def fetch(connections: Database, own: str, limits: Limits = LIMITS) -> dict[str, int]:
    with tasks.picture_fetcher(own, patience=10) as fetcher:
        return pictures.fetch(connections, fetcher, limits)


def kept(connection: psycopg.Connection) -> dict[tuple[str, str], str]:
    """What became of each picture: the side lengths of its copy, or why there is none."""
    query = "select user_id, video_id, coalesce(refused, width || 'x' || height) from pictures"
    return {(user_id, video_id): said for user_id, video_id, said in connection.execute(query)}


JPEG = {"Content-Type": "image/jpeg"}


def test_hostile_pictures_are_refused_each_with_its_reason(
    connection: psycopg.Connection, connections: Database, host: Callable[..., Host], monkeypatch: pytest.MonkeyPatch
):
    """Over real HTTP: no picture, a bomb, too many bytes, an address elsewhere, or where nobody may ask; the rest is kept."""
    inside = host({"/secret": (200, JPEG, saved(drawn(64, 64)))})
    own = host(
        {
            "/good": (200, {"Content-Type": "text/html"}, saved(drawn(720, 1280))),
            "/text": (200, JPEG, b'{"error":"upstream storage is busy"}'),
            "/html": (200, JPEG, b"<!DOCTYPE html><html><script>alert(1)</script></html>"),
            "/svg": (
                200,
                {"Content-Type": "image/svg+xml"},
                b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
            ),
            "/cut": (200, JPEG, saved(drawn(720, 1280))[:700]),
            "/bomb": (200, {"Content-Type": "image/png"}, bomb()),
            "/huge": (200, JPEG, bytes(8 * 2**20 + 1)),
            "/redirect": (302, {"Location": f"{inside.url}/secret"}, b""),
            "/gone": (403, {}, b"Access Denied"),
        }
    )
    real = socket.getaddrinfo

    def look_up(name: Any, *rest: Any, **more: Any) -> Any:
        if name == "p16.tiktokcdn.com":  # its name leads into the network all of a sudden
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", 443))]
        return real(name, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    expected = {
        "good": "90x160", "text": "unreadable", "html": "unreadable", "svg": "unreadable", "cut": "unreadable",
        "bomb": "too_many_pixels", "huge": "too_large", "redirect": "redirect",
    }  # fmt: skip
    for name in (*expected, "gone"):
        enter(connection, name, f"{own.url}/{name}")
    enter(connection, "inside", f"{inside.url}/secret")
    enter(connection, "file", "file:///etc/passwd")
    enter(connection, "name", "https://p16.tiktokcdn.com/a.jpeg")
    counts = fetch(connections, own.url)
    assert kept(connection) == {
        (name, ""): said
        for name, said in {**expected, "inside": "address", "file": "address", "name": "address"}.items()
    }
    assert counts == {
        "address": 3, "kept": 1, "redirect": 1, "too_large": 1, "too_many_pixels": 1, "unavailable": 1, "unreadable": 4,
    }  # fmt: skip
    assert inside.asked == []
    # What was refused is not asked for again tomorrow; what was not to be had is.
    before = len(own.asked)
    assert fetch(connections, own.url) == {"unavailable": 1}
    assert own.asked[before:] == ["/gone"]


def test_a_picture_is_fetched_once(connection: psycopg.Connection, connections: Database, host: Callable[..., Host]):
    """While a copy is good for more than two days it is not asked for again; then it is, and a new address of it is given."""
    own = host({"/a": (200, JPEG, saved(drawn(300, 300))), "/c": (200, JPEG, saved(drawn(720, 1280)))})
    enter(connection, "1", f"{own.url}/a")
    film(connection, "1", "7", f"{own.url}/c")
    assert [fetch(connections, own.url), fetch(connections, own.url)] == [{"kept": 2}, {}]
    assert sorted(own.asked) == ["/a", "/c"]
    first = connection.execute("select picture_id from pictures where video_id = ''").fetchone()
    connection.execute("update pictures set expires_at = now() + interval '47 hours' where video_id = ''")
    assert fetch(connections, own.url) == {"kept": 1}
    assert first != connection.execute("select picture_id from pictures where video_id = ''").fetchone()
    # What layer 3 looked at stays to its end, with the box that decided.
    connection.execute(
        "update pictures set detector = 'd', expires_at = now() + interval '1 hour' where video_id = '7'"
    )
    assert fetch(connections, own.url) == {}
    connection.execute("update pictures set expires_at = now() where video_id = '7'")
    assert fetch(connections, own.url) == {"kept": 1}
    (lasts,) = connection.execute(
        "select distinct expires_at - fetched_at = interval '30 days' from pictures"
    ).fetchall()
    assert lasts == (True,)


def test_only_fresh_addresses_are_asked(
    connection: psycopg.Connection, connections: Database, host: Callable[..., Host]
):
    """An address of yesterday has expired, and somebody without one has none."""
    own = host({})
    enter(connection, "old", f"{own.url}/a", hours_ago=7)
    enter(connection, "none", None)
    film(connection, "none", "7", None)
    assert (fetch(connections, own.url), own.asked) == ({}, [])


def test_a_day_has_its_number_and_the_most_important_come_first(
    lasting_day: Any, connection: psycopg.Connection, connections: Database, host: Callable[..., Host]
):
    """Avatars and covers by turns, of who is starred, then of who stands highest; a second run fetches what is left."""
    names = ("starred", "first", "second", "unranked")
    own = host({f"/{kind}{name}": (200, JPEG, saved(drawn(64, 64))) for kind in ("a-", "c-") for name in names})
    for name, score in zip(names, (None, 90, 80, None), strict=True):
        enter(connection, name, f"{own.url}/a-{name}")
        film(connection, name, "7", f"{own.url}/c-{name}")
        if score is not None:
            connection.execute(
                "insert into standings (user_id, day, status, follower_count, heart_count, video_count, is_estimated,"
                " estimated_days, first_seen_on, band, is_new, is_fading, score, refreshed_at)"
                " values (%s, current_date, 'active', 1, 1, 1, false, 0, current_date, 'inside', false, false, %s, now())",
                [name, score],
            )
    connection.execute("insert into shortlist_stars (reader, user_id) values ('somebody', 'starred')")
    limits = Limits(a_day=4, days=30, most_bytes=10**9)
    assert fetch(connections, own.url, limits) == {"kept": 4}
    assert set(kept(connection)) == {("starred", ""), ("starred", "7"), ("first", ""), ("first", "7")}
    assert fetch(connections, own.url, limits) == {}
    assert fetch(connections, own.url, Limits(5, 30, 10**9)) == {"kept": 1}
    assert ("second", "") in kept(connection)


def test_what_takes_too_long_is_left(connection: psycopg.Connection, connections: Database, host: Callable[..., Host]):
    """After its time no further picture is begun; how many were left is said."""
    own = host({})
    for number in range(3):
        enter(connection, str(number), f"{own.url}/{number}")
    with tasks.picture_fetcher(own.url) as fetcher:
        assert pictures.fetch(connections, fetcher, LIMITS, patience=0) == {"left": 3}
    assert own.asked == []


def test_a_refusal_puts_no_good_copy_out(connection: psycopg.Connection):
    """A copy that is about to expire is shown to its end when what comes in its place is no picture."""
    copy = copy_of(saved(drawn(64, 64)))
    pictures.save(connection, [Picture("1", "", copy)], 1)
    pictures.save(connection, [Picture("1", "", None, "unreadable")], 1)
    assert kept(connection) == {("1", ""): "64x64"}


@pytest.mark.parametrize(
    "image", [b"<html>" + bytes(20), saved(drawn(64, 64)), b"RIFF\x00\x00\x00\x00WEBP" + bytes(10_000)]
)
def test_the_table_itself_takes_nothing_but_small_webp(connection: psycopg.Connection, image: bytes):
    """Whatever a program writes: what would not be served as it is called is refused."""
    with pytest.raises(psycopg.errors.CheckViolation):
        pictures.save(connection, [Picture("1", "", Copy(image, 64, 64))], 1)


# --- What becomes of them -----------------------------------------------------------------------------------------------


def test_copies_end(connection: psycopg.Connection, connections: Database):
    """Housekeeping drops what is past its time, and what is older than a shorter time that was set since."""
    copy = copy_of(saved(drawn(64, 64)))
    pictures.save(connection, [Picture(name, "", copy) for name in ("good", "over", "old")], 30)
    connection.execute("update pictures set expires_at = now() where user_id = 'over'")
    connection.execute("update pictures set fetched_at = now() - interval '31 days' where user_id = 'old'")
    ((today,),) = connection.execute("select (now() at time zone 'UTC')::date").fetchall()
    lasting = retentions(settings.load({}, None))
    assert "Pictures: 3 since" in upkeep.report_sizes(connections, lasting, today)
    assert upkeep.drop_expired(connections, lasting, today) == 2
    assert kept(connection) == {("good", ""): "64x64"}


def test_all_together_have_a_cap(connection: psycopg.Connection, connections: Database):
    """First go covers of who is not on the roster, then the roster's covers, then avatars; of each the oldest first."""
    copy = copy_of(saved(drawn(64, 64)))
    size = len(copy.image)
    for name in ("a", "b"):
        enter(connection, name, None)
    keys = [("a", ""), ("b", ""), ("a", "new"), ("a", "old"), ("stranger", "new")]
    pictures.save(connection, [Picture(*key, copy) for key in keys], 30)
    connection.execute(
        "update pictures set fetched_at = now() - interval '1 day' where video_id = 'old' or user_id = 'b'"
    )
    left = []
    for copies in (5, 4, 3, 2, 1, 0):
        pictures.trim(connections, copies * size + 1)
        left.append(set(kept(connection)))
    assert left == [
        set(keys),
        set(keys[:4]),
        set(keys[:3]),
        set(keys[:2]),
        {("a", "")},
        set(),
    ]


# --- Whole days -----------------------------------------------------------------------------------------------------------


def test_a_live_day_keeps_what_layer_3_looked_at_and_fetches_the_rest(days: Days):
    """Covers that were judged are kept from the very bytes, with the box that decided; avatars come later, all at no call."""
    run, failed, _ = days.at(2026, 11, 2).play(**SMALL)
    assert failed == []
    judged = days.rows(
        "select distinct user_id, video_id, detector, measured, score from verdicts"
        " where field = 'cover' and layer in ('accepted', 'face') order by 2"
    )
    seen = days.rows("select user_id, video_id, detector, face_percent, face_score from pictures order by 2")
    assert seen == judged
    assert len(seen) > 3
    # The box covers what was measured of the frame; where nothing was measured there is none.
    boxes = days.rows("select face_percent, 100 * face_width * face_height from pictures")
    assert [box is None for _, box in boxes] == [not percent for percent, _ in boxes]
    assert all(abs(float(percent) - box) < 0.1 for percent, box in boxes if box is not None)
    calls, images = len(days.sandbox.log()), len(days.sandbox.image_log())
    spent = days.rows("select billed_calls from api_spend")
    counts = days.fetch_pictures(run)
    avatars = days.rows("select count(*) from pictures where video_id = '' and image is not null")
    assert avatars == days.rows("select count(*) from creators")
    assert (len(days.sandbox.log()), days.rows("select billed_calls from api_spend")) == (calls, spent)
    # Nothing that layer 3 looked at was asked for again: each image request is a picture that was not there.
    new = days.rows("select count(*) from pictures where detector is null")
    assert len(days.sandbox.image_log()) - images == sum(counts.values()) == new[0][0] + counts.get("unavailable", 0)
    assert days.fetch_pictures(run).get("kept", 0) == 0
    # The person's pictures go with them.
    ((person, mine),) = days.rows(
        "select user_id, count(*) from pictures where image is not null group by 1 order by 2 desc limit 1"
    )
    others = days.rows("select count(*) from pictures where user_id <> %s", person)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ERASURE_KEY", KEY)
        promised = forget(days, person, dry_run=True)
        assert promised["pictures"] == forget(days, person)["pictures"] == mine > 0
        assert days.rows("select count(*) from pictures where user_id = %s", person) == [(0,)]
        assert days.rows("select count(*) from pictures") == others
        # And they do not come back with a list that was made before.
        with Database(days.connect) as opened:
            late = [Picture(person, "", copy_of(saved(drawn(64, 64))))]
            opened.run(lambda connection: pictures._store(connection, late, 30))
        assert days.rows("select count(*) from pictures where user_id = %s", person) == [(0,)]


def test_replays_and_dry_runs_fetch_nothing(days: Days):
    """A past day asks no picture, neither for layer 3 nor afterwards, and what is kept stays as it is; so does a dry run."""
    days.at(2026, 11, 2).play(**SMALL)
    before = days.rows("select * from pictures order by 1, 2")
    days.sandbox.clear_log()
    days.at(2026, 11, 4)
    replay, _, _ = days.play(day=NOON.date(), **SMALL)
    assert (replay.is_replay, days.fetch_pictures(replay), days.sandbox.image_log()) == (True, {}, [])
    rehearsal, _, _ = days.play(dry_run=True, **SMALL)
    assert (len(days.sandbox.image_log()) > 0, days.fetch_pictures(rehearsal)) == (True, {})  # layer 3 has to look
    assert days.rows("select * from pictures order by 1, 2") == before != []
    days.sandbox.clear_log()
    days.at(2026, 11, 5)
    live = days.open(**SMALL)
    assert days.fetch_pictures(live, Limits(0, 30, 10**9)) == {}
    assert days.sandbox.image_log() == []


def test_a_box_is_kept_as_it_was_measured(connection: psycopg.Connection):
    """All four sides go into the row."""
    picture = Picture("1", "7", copy_of(saved(drawn(90, 160))), detector="d", box=Box(0.1, 0.2, 0.3, 0.4))
    pictures.save(connection, [picture], 30)
    assert connection.execute("select face_left, face_top, face_width, face_height from pictures").fetchall() == [
        (0.1, 0.2, 0.3, 0.4)
    ]
    assert database.one(connection, "comets/pictures/count_kept", {"before": NOON.date()})["kept"] == 1

"""Contacts: what is read from bios and profile fields, what is not, and that they follow the latest profile."""

from __future__ import annotations

import json
import time
import zlib
from datetime import UTC, datetime

import pytest

from include.comets import contacts
from include.database import Database
from include.tikhub.models import Profile

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def profile(bio: str, *fields: tuple[str, str], user_id: str = "1") -> Profile:
    return Profile(user_id, None, "h", "n", bio, None, 20_000, 1, 1, False, fields)


def read(bio: str, *fields: tuple[str, str]) -> list[tuple[str, str]]:
    return [(contact.kind, contact.value) for contact in contacts.stated_by(profile(bio, *fields))]


@pytest.mark.parametrize(
    ("bio", "address"),
    [
        ("biz: Hello@Site.Example", "hello@site.example"),
        ("📩first.last+tiktok@mail.site.example!", "first.last+tiktok@mail.site.example"),
        ("name (at) site dot example", "name@site.example"),
        ("name [at] site [dot] example", "name@site.example"),
        ("name{at}site.example", "name@site.example"),
        ("first (dot) last (@) mail dot site dot example", "first.last@mail.site.example"),
        ("ｎａｍｅ＠ｓｉｔｅ．example", "name@site.example"),
        ("𝓷𝓪𝓶𝓮@𝓼𝓲𝓽𝓮.𝓮𝔁𝓪𝓶𝓹𝓵𝓮", "name@site.example"),
        ("write to\nname@site.example\nor not", "name@site.example"),
        ("mail:name@site.example", "name@site.example"),
    ],
)
def test_addresses(bio: str, address: str):
    """In any case, styled, and in the ways in which people hide them from machines."""
    assert read(bio) == [("email", address)]


@pytest.mark.parametrize(
    "bio",
    [
        "find me at site dot example",
        "name at site dot example",
        "connect the dot name (at) site dot example",
        "name (at) site",
        "name@site",
        "@name.example",
        "name@@site.example",
        "name@site..example",
        "name@-site.example",
        f"{'a' * 65}@site.example",
        "great.day to all, and/or not",
        "ig: link below",
        "ig: soon",
        "my insta is great",
        "IG - collabs open",
        "javascript:alert(1)//site.example/x",
        "https://user@site.example/x",
        "https://user:password@site.example/x",
        "ftp://site.example/x",
        "http://127.0.0.1/x",
        "",
    ],
)
def test_nothing_is_guessed(bio: str):
    """What could be read in two ways, is no whole address, or leads where no page is, is left."""
    assert read(bio) == []


@pytest.mark.parametrize(
    ("bio", "found"),
    [
        ("IG: @Some.One", ("instagram", "some.one")),
        ("insta @some_one", ("instagram", "some_one")),
        ("instagram: someone | more", ("instagram", "someone")),
        ("https://www.instagram.com/Some.One?igsh=1", ("instagram", "some.one")),
        ("youtube.com/@Some-One", ("youtube", "https://www.youtube.com/@Some-One")),
        ("linktr.ee/some.one!", ("link", "https://linktr.ee/some.one")),
        ("(www.site.example)", ("link", "https://www.site.example")),
        ("HTTP://Site.Example/Path?a=1&b=2.", ("link", "http://site.example/Path?a=1&b=2")),
        ("https://site.example/a\u202eb", ("link", "https://site.example/a")),
    ],
)
def test_accounts_and_links(bio: str, found: tuple[str, str]):
    """Handles after a label or in a link, links with a scheme, "www." or a path; what turns a text's direction is in none."""
    assert read(bio) == [found]


def test_fields_of_the_profile():
    """Fields come first, count as they are valid, and say what the bio says once."""
    fields = (
        ("category", "  Media &  Arts "),
        ("bio_email", "Me@site.example"),
        ("ins_id", "Some.One"),
        ("youtube_channel_id", "UC" + "a" * 22),
        ("bio_url", "site.example"),
    )
    stated = contacts.stated_by(profile("me@site.example, ig: @some.one", *fields))
    assert [(each.kind, each.value, each.found_in) for each in stated] == [
        ("category", "Media & Arts", "category"),
        ("email", "me@site.example", "bio_email"),
        ("instagram", "some.one", "ins_id"),
        ("youtube", f"https://www.youtube.com/channel/UC{'a' * 22}", "youtube_channel_id"),
        ("link", "https://site.example", "bio_url"),
    ]
    odd = (
        ("ins_id", "<b>"),
        ("youtube_channel_id", "UCshort"),
        ("bio_url", "javascript:alert(1)"),
        ("bio_email", "no"),
    )
    assert read("", *odd) == []


def test_one_profile_states_ten_at_most():
    """A bio full of addresses is cut."""
    assert len(read(" ".join(f"a{number}@b.example" for number in range(30)))) == contacts.MOST


@pytest.mark.parametrize("piece", ["a.", "dot ", "a (at) ", "a@", "ig: ", "a  ", "https://a.", "(", "a-"])
def test_no_bio_takes_long(piece: str):
    """Ten thousand letters that nearly match are looked through in a moment."""
    began = time.process_time()
    read(piece * (10_000 // len(piece)))
    assert time.process_time() - began < 1


@pytest.fixture
def on_roster(days):
    with days.connect() as connection:
        connection.execute(
            "insert into creators (user_id, handle, signature, last_updated_at) values ('1', 'a', 'x@y.example', %(at)s),"
            " ('2', 'b', 'old', %(at)s), ('3', 'c', 'z@y.example', null)",
            {"at": NOON},
        )
    return days


def kept(days) -> list[tuple]:
    return days.rows("select user_id, kind, contact, found_in, seen_at from creator_contacts order by 1, 2, 3")


def test_contacts_are_those_of_the_latest_profile(on_roster):
    """What a profile states no more is gone; an older profile, and one of nobody on the roster, changes nothing."""
    later = NOON.replace(hour=13)

    def say(bio: str, at: datetime, user_id: str = "1") -> None:
        with Database(on_roster.connect) as database:
            database.run(lambda connection: contacts.send(connection, [(profile(bio, user_id=user_id), at)])())

    say("a@b.example c@d.example", NOON)
    assert kept(on_roster) == [
        ("1", "email", "a@b.example", "bio", NOON),
        ("1", "email", "c@d.example", "bio", NOON),
    ]
    on_roster.rows("update creators set last_updated_at = %s where user_id = '1' returning 1", later)
    say("c@d.example", later)
    say("a@b.example", NOON)
    say("e@f.example", NOON, user_id="99")
    assert kept(on_roster) == [("1", "email", "c@d.example", "bio", later)]


def test_stored_profiles_are_read_once_and_at_no_call(on_roster):
    """Of whom no contact was ever read, the profile that is still stored is, else the bio; a second look reads nobody."""
    stored = {
        "user": {
            "uid": "2",
            "unique_id": "b",
            "signature": "new@y.example",
            "ins_id": "b.b",
            "follower_count": 1,
            "total_favorited": 1,
            "aweme_count": 1,
        }
    }
    on_roster.rows(
        "insert into api_calls (pipeline, day, endpoint, subject, outcome, owner, run_id, task_id, answered_at, answer)"
        " values ('comets', '2026-11-02', 'user_profile', '2', 'answered', 'o', 'r', 't', %s, %s) returning 1",
        NOON,
        zlib.compress(json.dumps(stored).encode()),
    )
    with Database(on_roster.connect) as database:
        assert contacts.read_stored(database) == 2
        assert kept(on_roster) == [
            ("1", "email", "x@y.example", "bio", NOON),
            ("2", "email", "new@y.example", "bio", NOON),
            ("2", "instagram", "b.b", "ins_id", NOON),
        ]
        assert contacts.read_stored(database) == 0
    assert on_roster.rows("select count(*) from api_calls") == [(1,)]

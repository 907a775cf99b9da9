"""The parts of the page "Creator" about videos and contacts: each figure worked out by hand, with what it rests on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.creators import DAY, NOON, insert, snapshot, stand
from tests.plugins.dashboard.test_comets import HOSTILE, origins, words

Browsers = Callable[[str | None], Browser]
Connection = psycopg.Connection[Any]


def film(connection: Connection, number: int, plays: int, **values: Any) -> None:
    """A video of creator 1 as it was seen on DAY."""
    row = {
        "user_id": "1",
        "video_id": str(7_000 + number),
        "plays": plays,
        "seen_at": NOON,
        "first_seen_on": DAY,
        "last_seen_on": DAY,
        **values,
    }
    insert(connection, "creator_videos", **row)
    sighting = {name: row.get(name) for name in ("user_id", "video_id", "seen_at", "plays")}
    insert(connection, "creator_video_sightings", day=DAY, **sighting)


def section(browser: Browsers) -> str:
    page = browser("viewer").page("/creators/1")
    below = page[page.index('<h2 id="videos">') :]
    return words(re.split(r'<h2>Day by day|<article class="notice"><p>No snapshot', below)[0]).strip()


def test_the_figures(browser: Browsers, connection: Connection):
    """Of six videos the median, the middle half, the share above 10,000, the best by it, and plays by followers."""
    stand(connection, "1")
    connection.execute("update creators set last_follower_count = 20000")
    connection.execute("insert into usual_plays values (14, 12, 0.5)")
    for number, plays in enumerate((2_000, 4_000, 10_000, 20_000, 30_000, 300_000)):
        film(connection, number, plays, likes=plays // 10, comments=plays // 50, shares=0)
    shown = section(browser)
    # Between the 3rd and the 4th; a quarter of the way from the 2nd to the 3rd of five steps of 1.25: 4,000 + 0.25 · 6,000.
    assert "Median plays 15,000 half of them between 5,500 and 27,500 n = 6 videos" in shown
    assert "Above 10,000 plays 50 % 3 of 6 videos" in shown
    assert "Best by median 20.0 × one-hit wonder the best has 300,000 plays n = 6 videos" in shown
    assert "Plays by followers 0.75 0.50 is usual for this size (n = 12 creators) n = 6 videos" in shown
    told = origins(browser("viewer").page("/creators/1"))
    seen = f"as the search that saw each last counted it, {DAY} at the latest"
    assert f"Median plays by 20,000 followers; plays {seen}" in told
    assert "Engagement by plays 12.0 % n = 6 videos" in shown


def test_too_few_to_tell(browser: Browsers, connection: Connection):
    """Of four videos no median is said; each is in the table."""
    stand(connection, "1")
    for number in range(4):
        film(connection, number, 1_000 * number, caption=f"caption {number}")
    shown = section(browser)
    assert "4 videos are known: too few to tell what is usual for this creator. It takes 5." in shown
    assert "Median plays" not in shown
    assert "one-hit wonder" not in shown
    assert "Engagement by plays – too few to tell n = 0 videos" in shown
    assert [f"caption {number}" in shown for number in range(4)] == [True] * 4


def test_engagement_rests_on_videos_whose_reactions_are_given(browser: Browsers, connection: Connection):
    """One without likes and one without plays are not counted; one without saves is."""
    stand(connection, "1")
    for number in range(5):
        film(connection, number, 1_000, likes=100, comments=10, shares=5)
    film(connection, 5, 50_000, comments=1, shares=1)
    film(connection, 6, 0, likes=9, comments=9, shares=9)
    assert "Engagement by plays 11.5 % n = 5 videos" in section(browser)


def test_nothing_known(browser: Browsers, connection: Connection):
    """Without a video there is one sentence, and no figure."""
    stand(connection, "1")
    assert section(browser) == "Videos No video of theirs is known yet: they come with the answers of searches."


def test_posts_and_silence(browser: Browsers, connection: Connection):
    """Posts a week from observed counts, those taken down left out; the last post is when the count last rose; silence shows."""
    connection.execute("select make_partitions('2026-10-01', 2)")
    stand(connection, "1")
    film(connection, 1, 5, posted_at=datetime(2026, 10, 20, tzinfo=UTC))
    # Observed 28 days apart: 10, 13, 12, 15, and none since DAY - 16.
    for back, count in ((28, 10), (20, 13), (18, 12), (16, 15), (0, 15)):
        snapshot(connection, "1", DAY - timedelta(days=back), 20_000, video_count=count)
    snapshot(connection, "1", DAY - timedelta(days=5), 20_000, video_count=99, origin="interpolation", observed_at=None)
    snapshot(connection, "1", DAY - timedelta(days=29), 20_000, video_count=1)
    shown = section(browser)
    assert "Posts a week 1.5 Last post 2026-11-05 silent for 16 days" in shown
    told = origins(browser("viewer").page("/creators/1"))
    assert "6 more videos on the profile, 2026-10-24 to 2026-11-21" in told
    assert "The profile counted one more video" in told


def test_a_week_of_counts_is_needed(browser: Browsers, connection: Connection):
    """Six days apart say nothing of posts a week; a known video says when the last post was."""
    stand(connection, "1")
    film(connection, 1, 5, posted_at=NOON)
    for back in (6, 0):
        snapshot(connection, "1", DAY - timedelta(days=back), 20_000, video_count=7)
    shown = section(browser)
    assert "Posts a week – too few days of counts to tell" in shown
    assert f"Last post {DAY}" in shown
    assert "The latest of the known videos" in origins(browser("viewer").page("/creators/1"))
    assert "silent" not in shown


def test_the_niche(browser: Browsers, connection: Connection):
    """Hashtags under two videos or more, however they are spelled, less those everybody uses, of the videos that say theirs."""
    stand(connection, "1")
    tags = (["Ramen", "fyp"], ["ramen", "FYP", "noodles"], ["RAMEN", "noodles", "once"], [], None)
    for number, listed in enumerate(tags):
        film(connection, number, 1, hashtags=listed)
    assert "Niche #RAMEN 3 #noodles 2 of 4 videos" in section(browser)


def test_plays_a_day(browser: Browsers, connection: Connection):
    """From the first to the last time a video was seen: 600 plays in two days and a half are 240 a day."""
    stand(connection, "1")
    film(connection, 1, 1_600)
    insert(
        connection,
        "creator_video_sightings",
        user_id="1",
        video_id="7001",
        day=DAY - timedelta(days=2),
        seen_at=NOON - timedelta(hours=60),
        plays=1_000,
    )
    assert "1,600 +240" in section(browser)
    assert "From 2 days on which it was seen" in origins(browser("viewer").page("/creators/1"))


def test_hostile_texts_stay_texts(browser: Browsers, connection: Connection):
    """Captions, hashtags, music and contacts of strangers are escaped, and no link leads where they say."""
    stand(connection, "1")
    for number in (1, 2):
        film(connection, number, 1, caption="".join(HOSTILE), hashtags=[*HOSTILE], music_title="".join(HOSTILE))
    for contact in HOSTILE:
        insert(connection, "creator_contacts", user_id="1", kind="link", contact=contact, found_in="bio", seen_at=NOON)
    page = browser("viewer").page("/creators/1")
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "{{7*7}}" in page
    assert page.count("data-copy=") == len(HOSTILE) + 1  # the first of them stands at a glance as well


def test_contacts(browser: Browsers, connection: Connection):
    """Addresses first, each with where it stands and a button that copies it; nobody else's, and a sentence where none is."""
    stand(connection, "1")
    stand(connection, "2")
    said = "The profile names no address, no other account and no link that can be read."
    assert said in browser("viewer").page("/creators/1")
    for user_id, kind, contact, found_in in (
        ("1", "link", "https://site.example/x", "bio"),
        ("1", "email", "me@site.example", "bio_email"),
        ("2", "email", "other@site.example", "bio"),
    ):
        insert(
            connection, "creator_contacts", user_id=user_id, kind=kind, contact=contact, found_in=found_in, seen_at=NOON
        )
    page = browser("viewer").page("/creators/1")
    assert 'data-copy="me@site.example"' in page
    assert "other@site.example" not in page
    assert said not in page
    shown = words(page)
    assert (
        "E-mail e-mail field of the profile me@site.example Copy Link from the bio https://site.example/x Copy" in shown
    )


@pytest.mark.parametrize("part", ["videos", "contacts"])
def test_downloads(browser: Browsers, connection: Connection, part: str):
    """A creator's videos, a row per day seen, and contacts, as a file; of nobody else, and of nobody unknown."""
    stand(connection, "1", handle="luna")
    stand(connection, "2")
    film(connection, 1, 5, caption="=evil()", hashtags=["a", "b"])
    insert(
        connection, "creator_contacts", user_id="1", kind="email", contact="=x@y.example", found_in="bio", seen_at=NOON
    )
    insert(
        connection, "creator_contacts", user_id="2", kind="email", contact="z@y.example", found_in="bio", seen_at=NOON
    )
    viewer = browser("viewer")
    content = viewer.get(f"/export/creators/1/{part}.csv").content
    (line,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert line["handle"] == "luna"
    expected = (
        {"plays": "5", "caption": "'=evil()", "hashtags": "a b"} if part == "videos" else {"contact": "'=x@y.example"}
    )
    assert {name: line[name] for name in expected} == expected
    assert viewer.get(f"/export/creators/99/{part}.csv").status_code == 404
    assert viewer.get(f"/export/creators/1/{part}.parquet").content[:4] == b"PAR1"

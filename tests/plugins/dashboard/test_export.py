"""Downloads: what the page shows, whole, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
from pyarrow import parquet

from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.creators import DAY, end_run, insert, snapshot, stand

Browsers = Callable[[str | None], Browser]


def as_lines(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_ranking_as_it_is_filtered(browser: Browsers, connection: psycopg.Connection):
    """The files hold everybody the filters leave, in the page's order, on however many pages; CSV and Parquet alike."""
    for number in range(120):
        stand(connection, f"u{number:03}", score=number % 100, is_new=number < 60, source_trend="ice")
    stand(connection, "away", score=99, is_new=True, status="gone")
    end_run(connection, "r1")
    viewer = browser("viewer")
    answer = viewer.get("/export/ranking.csv?new=true&page=1&order=score")
    assert answer.headers["content-disposition"] == 'attachment; filename="cometwatch-ranking.csv"'
    lines = as_lines(answer.content)
    assert [line["user_id"] for line in lines] == [f"u{number:03}" for number in range(59, -1, -1)]
    table = parquet.read_table(
        io.BytesIO(viewer.get("/export/ranking.parquet?new=true&order=score").content)
    ).to_pylist()
    assert [row["user_id"] for row in table] == [line["user_id"] for line in lines]
    assert (table[0]["is_new"], table[0]["day"], table[0]["growth_7"]) == (True, DAY, None)
    assert len(as_lines(viewer.get("/export/ranking.csv?status=any").content)) == 121


@pytest.mark.parametrize("window", [1, 7, 30])
@pytest.mark.parametrize("order", ["percent", "followers", "acceleration", "score"])
def test_the_order_is_that_of_the_page(browser: Browsers, connection: psycopg.Connection, order: str, window: int):
    """Whatever the page is ordered by, its rows and the file's are in the same order, the unknown last."""
    for number in range(12):
        numbers = {
            f"{name}_{days}": (number * step + days) % 12
            for name, step in (("percent", 5), ("growth", 7))
            for days in (1, 7, 30)
        }
        stand(connection, f"u{number:02}", **numbers, acceleration=number % 4, score=(number * 11) % 12)
    stand(connection, "unknown")
    end_run(connection, "r1")
    viewer = browser("viewer")
    query = f"?order={order}&window={window}&measured=true"
    shown = re.findall(r'href="/creators/([^"?]+)"', viewer.page(f"/comets{query}"))
    lines = as_lines(viewer.get(f"/export/ranking.csv{query}").content)
    assert [line["user_id"] for line in lines] == list(dict.fromkeys(shown))
    assert len(lines) == 13


def test_only_who_was_measured(browser: Browsers, connection: psycopg.Connection):
    """Ticked "measured", the file leaves out who has no row of the ranking's day, as the page does."""
    stand(connection, "today", percent_1=1)
    stand(connection, "yesterday", percent_1=2, day=DAY - timedelta(days=1))
    end_run(connection, "r1")
    lines = as_lines(browser("viewer").get("/export/ranking.csv?measured=true&window=7").content)
    assert [line["user_id"] for line in lines] == ["today"]


def test_the_links_lead_to_what_is_shown(browser: Browsers, connection: psycopg.Connection):
    """The page's own links give the same creators as the page."""
    stand(connection, "in", source_trend="a & b", score=1)
    stand(connection, "out", source_trend="other", score=2)
    end_run(connection, "r1")
    page = browser("viewer").page("/comets?trend=a+%26+b&page=1")
    assert "/export/ranking.csv?trend=a+%26+b" in page
    content = browser("viewer").get("/export/ranking.csv?trend=a+%26+b").content
    assert [line["user_id"] for line in as_lines(content)] == ["in"]
    assert "/export/ranking" not in browser("viewer").page("/comets?search=in")


def test_a_creators_history(browser: Browsers, connection: psycopg.Connection):
    """All days of the creator and of nobody else, oldest first; a handle that is a formula is defused."""
    stand(connection, "u1", handle='=HYPERLINK("http://x";"y")')
    stand(connection, "u2")
    for back in range(40):
        snapshot(connection, "u1", DAY - timedelta(days=back), 20_000 - back)
        snapshot(connection, "u2", DAY - timedelta(days=back), 1)
    lines = as_lines(browser("viewer").get("/export/creators/u1.csv").content)
    assert [line["follower_count"] for line in lines] == [str(20_000 - back) for back in range(39, -1, -1)]
    assert {line["handle"] for line in lines} == {'\'=HYPERLINK("http://x";"y")'}


def test_a_creators_files_have_what_the_team_says(browser: Browsers, connection: psycopg.Connection):
    """Each row of a creator's history, videos and contacts ends with status, note and tags, and nobody's stars."""
    stand(connection, "u1")
    snapshot(connection, "u1", DAY, 20_000)
    connection.execute(
        "insert into shortlist values ('u1', 'watching', '', array['uk'], 1, 'ann', '2026-11-05T12:00Z')"
    )
    dated = {"seen_at": DAY, "first_seen_on": DAY, "last_seen_on": DAY}
    insert(
        connection, "creator_contacts", user_id="u1", kind="email", contact="a@b.example", found_in="bio", seen_at=DAY
    )
    insert(connection, "creator_videos", user_id="u1", video_id="v", plays=1, **dated)
    insert(connection, "creator_video_sightings", user_id="u1", video_id="v", day=DAY, seen_at=DAY, plays=1)
    viewer = browser("viewer")
    for address in ("u1.csv", "u1/videos.csv", "u1/contacts.csv"):
        (line,) = as_lines(viewer.get(f"/export/creators/{address}").content)
        assert (line["shortlist_status"], line["shortlist_note"], line["shortlist_tags"]) == ("watching", "", "uk")
        assert (line["shortlist_changed_by"], line["shortlist_changed_at"]) == ("ann", "2026-11-05T12:00:00+00:00")
        assert "is_starred" not in line


def test_files_say_what_is_counted_from_an_estimate(browser: Browsers, connection: psycopg.Connection):
    """A measured day against an estimated one is marked in a creator's history, and each window's growth in the ranking."""
    stand(connection, "u1", growth_1=5, growth_7=10)
    end_run(connection, "r1")
    for back, origin in ((7, "roll_call"), (2, "roll_call"), (1, "interpolation"), (0, "roll_call")):
        day = DAY - timedelta(days=back)
        snapshot(connection, "u1", day, 20_000, origin=origin, compared_with=day - timedelta(days=1))
    viewer = browser("viewer")
    days = as_lines(viewer.get("/export/creators/u1.csv").content)
    assert [(line["is_estimated"], line["is_against_estimate"]) for line in days] == [
        ("false", "false"), ("false", "false"), ("true", "false"), ("false", "true"),
    ]  # fmt: skip
    (line,) = as_lines(viewer.get("/export/ranking.csv").content)
    assert [line[f"is_growth_{window}_estimated"] for window in (1, 7, 30)] == ["true", "false", "false"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/export/creators/nobody.csv", 404),
        ("/export/creators/a%20b.csv", 422),
        ("/export/ranking.xlsx", 422),
        ("/export/ranking.csv?band=sideways", 422),
    ],
)
def test_nonsense_is_refused(browser: Browsers, address: str, status: int):
    """An unknown creator, format or filter is an error page, not a file."""
    answer = browser("viewer").get(address)
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (status, "text/html")


def test_a_database_error_is_a_page(browser: Browsers, connection: psycopg.Connection):
    """What fails at the first row fails before anything is sent as a file."""
    connection.execute("alter table standings rename column score to renamed")
    answer = browser("viewer").get("/export/ranking.csv")
    assert (answer.status_code, "make setup" in answer.text) == (503, True)

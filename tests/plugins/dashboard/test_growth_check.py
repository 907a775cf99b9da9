"""Whether growth looks bought, on the pages: the mark, the filter, who stands apart, the export, and the signs in words."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from plugins.dashboard.comets.creator_growth import sentence
from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.creators import DAY, end_run, snapshot, stand
from tests.plugins.dashboard.test_comets import listed, words
from tests.sql.ranking.test_growth_check import CROWD

Browsers = Callable[[str | None], Browser]
Connection = psycopg.Connection[Any]
BOUGHT = {"growth_check": "looks bought", "growth_signs": ["hearts", "jumps"]}


@pytest.fixture
def four(connection: Connection) -> Connection:
    """Creators 1 to 4 in this order of the ranking; the growth of 1 and 3 looks bought."""
    end_run(connection, "one")
    for number in range(1, 5):
        marked = BOUGHT if number in {1, 3} else {"growth_check": "no sign"}
        stand(connection, str(number), percent_1=9 - number, growth_1=9 - number, source_trend=f"t{number}", **marked)
    return connection


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["2", "4", "1", "3"]),
        ("bought=together", ["1", "2", "3", "4"]),
        ("bought=only", ["1", "3"]),
        ("trend=t3", ["3"]),
        ("trend=t2", ["2"]),
        # Who is searched for is found where they are, with the mark.
        ("search=handle", ["1", "2", "3", "4"]),
        ("search=handle&bought=only", ["1", "3"]),
        ("page=2", []),
    ],
)
def test_who_stands_where(browser: Browsers, four: Connection, query: str, expected: list[str]):
    """Those whose growth looks bought stand below the others unless the address says otherwise."""
    assert listed(browser("viewer").page(f"/comets?{query}")) == expected


def test_they_are_marked_and_counted(browser: Browsers, four: Connection):
    """The page says how many stand apart and leads to them; each has the mark and what speaks for it, and nobody else."""
    viewer = browser("viewer")
    page = viewer.page("/comets?window=1")
    assert "2 apart, below: the growth looks bought. Show them among the others" in words(page)
    assert "Growth that looks bought: 2" in words(page)
    assert 'href="/comets?window=1&amp;bought=together"' in page
    rows = re.findall(r"<tr>.*?</tr>", page, re.DOTALL)
    marked = [listed(row)[0] for row in rows if ">looks bought<" in row]
    assert marked == ["1", "3"]
    assert page.count("What speaks for it: hearts, jumps.") == 2
    assert 'id="bought"' not in viewer.page("/comets?bought=together")


def test_the_first_ten_stand_below(browser: Browsers, connection: Connection):
    """Of twelve the first ten are shown, with a way to all; an overruled one and who was said no to do not count."""
    end_run(connection, "one")
    for number in range(14):
        stand(connection, f"{number:02}", percent_1=99 - number, growth_1=1, **BOUGHT)
    connection.execute("insert into shortlist (user_id, status, changed_by) values ('00', 'no', 'op')")
    connection.execute(
        "insert into overrules (made_by, day, keyword, video_id, user_id, layer, expected, reason)"
        " values ('op', %s, 'k', 'v', '01', 'face', 'refuse', 'A poster.')",
        [DAY],
    )
    page = browser("viewer").page("/comets")
    assert listed(page) == [f"{number:02}" for number in range(2, 12)]
    assert "The first 10 are shown. All 12" in words(page)
    assert 'href="/comets?bought=only"' in page


def test_the_export_says_it(browser: Browsers, four: Connection):
    """All are in the file, in the order of the ranking, with what is said of each; `only` exports them alone."""
    viewer = browser("viewer")
    lines = list(csv.DictReader(io.StringIO(viewer.get("/export/ranking.csv").text.lstrip("\ufeff"))))
    assert [(line["user_id"], line["growth_check"], line["growth_signs"]) for line in lines] == [
        ("1", "looks bought", "hearts, jumps"),
        ("2", "no sign", ""),
        ("3", "looks bought", "hearts, jumps"),
        ("4", "no sign", ""),
    ]
    only = csv.DictReader(io.StringIO(viewer.get("/export/ranking.csv?bought=only").text.lstrip("\ufeff")))
    assert [line["user_id"] for line in only] == ["1", "3"]


def test_a_saved_search_keeps_it(browser: Browsers, four: Connection):
    """The form keeps what was chosen, and says how to clear it."""
    page = browser("viewer").page("/comets?bought=only")
    assert '<option value="only" selected>' in page
    assert "Clear filters" in words(page)


def test_the_creators_page_tells_the_signs(browser: Browsers, connection: Connection):
    """Each sign stands with its numbers, what cannot be told says so, and the sentence sums up."""
    stand(connection, "7", **BOUGHT)
    connection.execute("insert into usual_hearts (size, creators, hearts_per_follower) values (-1, 40, 4)")
    # Twelve days of 20 followers and 5 hearts, but for two with 1,000 followers more; no video is posted,
    # and 2,220 of 22,220 is less than a tenth.
    followers, hearts = 20_000, 1_000
    for back in range(11, -1, -1):
        snapshot(connection, "7", DAY - timedelta(days=back), followers, heart_count=hearts, video_count=9)
        followers, hearts = followers + (1_020 if back in {8, 4} else 20), hearts + 5
    page = browser("viewer").page("/creators/7")
    text = words(page)
    # 9 x 20 + 2 x 1,020 are gained, with 55 hearts; 4 are usual for each.
    assert "The growth looks bought: hearts, videos, equal steps and round jumps speak for it." in text
    assert (
        "Hearts 2,220 followers were gained and 55 hearts, 2026-11-10 to 2026-11-21; usual for so many are 8,880"
        " (n = 40 creators). The 2 strongest days brought 2,040 followers and 10 hearts; on as many other days it is 10 hearts."
        " a strong sign"
    ) in text
    assert "0 posted, 0 of them known; 0 plays counted, 0.0 for each follower gained. 10 explain it. a sign" in text
    assert "No sudden loss of 8 % or more. nothing speaks for it" in text
    assert "6 of 10 days brought as many followers as the day before, up to 20. It takes 5. a sign" in text
    assert "2 of 2 sudden jumps were of a size that is sold, up to 1,000. a strong sign" in text
    assert "From what was observed in the 28 days up to 2026-11-21; estimated days are no evidence." in text
    assert '<a class="tag down" href="#growth-check">looks bought</a>' in page


def test_a_video_that_explains_it_is_counted(browser: Browsers, connection: Connection):
    """A known video with 40,000 plays explains 2,310 followers."""
    stand(connection, "7", growth_check="no sign")
    for back, followers in enumerate(reversed(CROWD)):
        snapshot(connection, "7", DAY - timedelta(days=back), followers, video_count=20 - back // 2)
    at = datetime(DAY.year, DAY.month, DAY.day, 2, tzinfo=UTC)
    connection.execute(
        "insert into creator_videos (user_id, video_id, posted_at, plays, seen_at, first_seen_on, last_seen_on)"
        " values ('7', 'v', %(at)s, 40000, %(at)s, %(day)s, %(day)s)",
        {"at": at, "day": DAY},
    )
    connection.execute(
        "insert into creator_video_sightings (user_id, video_id, day, seen_at, plays) values ('7', 'v', %s, %s, 40000)",
        [DAY, at],
    )
    text = words(browser("viewer").page("/creators/7"))
    assert "5 posted, 1 of them known; 40,000 plays counted, 17.3 for each follower gained. 10 explain it." in text
    assert "It cannot be told: too few creators grow to say how many hearts are usual." in text


def test_too_little_is_said(browser: Browsers, connection: Connection):
    """Nobody who was hardly observed gets a clean bill."""
    stand(connection, "7")
    snapshot(connection, "7", DAY, 20_000)
    text = words(browser("viewer").page("/creators/7"))
    assert "It cannot be told: observed on 1 of the last 29 days, and it takes 10." in text
    assert "nothing speaks for it" not in text


@pytest.mark.parametrize(
    ("verdict", "signs", "expected"),
    [
        ("one sign", {"hearts": 1, "videos": None}, "One sign speaks for bought followers, hearts: too little for the mark."
         " Of videos it cannot be told."),
        ("no sign", {"hearts": 0, "steps": None, "jumps": None}, "Nothing that was asked speaks for bought followers; that"
         " proves nothing. Of equal steps and round jumps it cannot be told."),
        ("no growth", {}, "The followers did not grow by 3 % and 100 within 28 days: there is nothing to ask about."),
        ("cannot be told", {}, "It cannot be told: observed on 9 of the last 29 days, and it takes 10."),
    ],
)  # fmt: skip
def test_sentences(verdict: str, signs: dict[str, int | None], expected: str):
    """The check in one sentence, with what it could not ask."""
    assert sentence(verdict, {"days": 9}, signs) == expected


@pytest.fixture
def judged(connection: Connection) -> Connection:
    """Creator 7, whose growth looks bought, observed on one day at least."""
    stand(connection, "7", **BOUGHT)
    snapshot(connection, "7", DAY, 20_000)
    return connection


def labels(connection: Connection) -> list[tuple[Any, ...]]:
    query = "select made_by, checked_on, growth_check, growth_signs, is_right from growth_labels order by made_by"
    return connection.execute(query).fetchall()


def test_one_click_says_whether_it_was_right(browser: Browsers, judged: Connection):
    """The label keeps who said it and what the check said; another click changes it, and it can be taken back."""
    user = browser("user")
    form = {"checked_on": f"{DAY}", "back": "window=7"}
    for said, is_right in (("right", True), ("wrong", False), ("wrong", False)):
        answer = user.post("/creators/7/growth", {**form, "said": said}, found_on="/creators/7")
        assert (answer.status_code, answer.headers["location"]) == (303, "/creators/7?back=window%3D7#growth-check")
        assert labels(judged) == [("the user", DAY, "looks bought", ["hearts", "jumps"], is_right)]
    page = user.page("/creators/7")
    assert "the user said wrong of “looks bought” of 2026-11-21" in words(page)
    assert "Of 1 mark that somebody judged, 0 were right." in words(page)
    assert re.findall(r'value="(right|wrong)" aria-pressed="true"', page) == ["wrong"]
    line = next(csv.DictReader(io.StringIO(user.get("/export/ranking.csv").text.lstrip("\ufeff"))))
    assert (line["growth_label"], line["growth_labelled_by"]) == ("wrong", "the user")
    user.post("/creators/7/growth", {**form, "said": ""}, found_on="/creators/7")
    assert labels(judged) == []


def test_a_viewer_reads_labels_and_makes_none(browser: Browsers, judged: Connection):
    """No button for who may not change the pages, and 403 for who asks without one."""
    browser("user").post("/creators/7/growth", {"checked_on": f"{DAY}", "said": "right"}, found_on="/creators/7")
    viewer = browser("viewer")
    page = viewer.page("/creators/7")
    assert "the user said right of “looks bought”" in words(page)
    assert "was wrong" not in page
    answer = viewer.post("/creators/7/growth", {"checked_on": f"{DAY}", "said": "wrong"}, found_on="/comets")
    assert answer.status_code == 403
    assert labels(judged) == [("the user", DAY, "looks bought", ["hearts", "jumps"], True)]


@pytest.mark.parametrize(
    ("user_id", "change", "form", "status"),
    [
        ("7", {}, {"checked_on": f"{DAY - timedelta(days=1)}", "said": "right"}, 409),
        ("7", {"growth_check": "cannot be told"}, {"checked_on": f"{DAY}", "said": "right"}, 409),
        ("8", {}, {"checked_on": f"{DAY}", "said": "right"}, 409),
        ("7", {}, {"checked_on": f"{DAY}", "said": "perhaps"}, 422),
        ("7", {}, {"checked_on": "yesterday", "said": "right"}, 422),
    ],
)
def test_what_cannot_be_labelled(
    browser: Browsers, judged: Connection, user_id: str, change: dict[str, str], form: dict[str, str], status: int
):
    """A check of another day, one that says nothing, nobody's, and nonsense."""
    for name, value in change.items():
        judged.execute(f"update standings set {name} = %s".encode(), [value])  # noqa: S608
    assert browser("user").post(f"/creators/{user_id}/growth", form, found_on="/comets").status_code == status
    assert labels(judged) == []

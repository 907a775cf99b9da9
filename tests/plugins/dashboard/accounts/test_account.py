"""The page "Account": every number with its report and line, and what a person may change."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from plugins.dashboard.accounts.account import WEEKDAYS, by_kind, chart_data, heat, posted
from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.accounts.rows import (
    ACTIVITY,
    OVERVIEW,
    Connection,
    account,
    anomaly,
    audience,
    back,
    file,
    quality,
    stat,
    video,
)
from tests.plugins.dashboard.creators import insert
from tests.plugins.dashboard.test_comets import HOSTILE, words

# Told twice: to the rows, and by the pages.
pytestmark = pytest.mark.usefixtures("lasting_day")

Browsers = Callable[[str | None], Browser]
HISTORY = "c" * 64
FILE = {"member": "Overview.csv", "member_sha256": OVERVIEW, "format": "studio_overview", "report": "overview"}


@pytest.fixture
def nora(connection: Connection) -> None:
    """Days 3 and 5 are complete, day 4 is not known, day 1 is still being counted; of day 5 a number was revised."""
    account(connection, "nora", aliases=["nora.old"], suggested_time_zone="Europe/Berlin")
    file(connection, "e1", "July.zip", "nora")
    shift = {
        "first_day": back(5),
        "last_day": back(1),
        "year_basis": "name",
        "label_shift": 1,
        "shift_basis": "overlap",
    }
    file(connection, "e1", "July.zip", "nora", rows_in=5, views_in_file=499, **FILE, **shift)
    file(connection, "e2", "FollowerHistory.csv", "nora", member="FollowerHistory.csv", member_sha256=HISTORY)
    known = {"overview_member": OVERVIEW, "likes": 5, "comments": 3, "shares": 2, "profile_views": 7}
    follower = {"followers_member": HISTORY, "followers_line": 9}
    stat(connection, "nora", back(5), video_views=100, overview_line=2, followers=50, **known, **follower)
    extra = {"sources": {"likes": [HISTORY, 77]}, "label": "2026-01-02", "missing": {"viewers": "no such report"}}
    stat(connection, "nora", back(3), video_views=400, overview_line=4, extra=extra, **known)
    stat(connection, "nora", back(1), video_views=9, overview_line=6, is_provisional=True, **known)
    revised = {"old_value": 90, "new_value": 100, "old_member": HISTORY, "old_line": 3, "new_member": OVERVIEW}
    insert(connection, "account_revisions", account="nora", day=back(5), metric="video_views", new_line=2, **revised)


def told(page: str) -> list[tuple[str, str]]:
    """The page's numbers, each with where it is from: what a keyboard or a finger reaches as well as a pointer."""
    return re.findall(
        r'<button type="button" popovertarget="(?:told-\d+)"[^>]*>([^<]*)</button><span [^>]*popover>([^<]*)</span>',
        page,
    )


@pytest.mark.usefixtures("nora")
def test_every_number_names_its_report_and_line(browser: Browsers):
    """By the group it is of, or where another row gives it, by that; the day's last cell leads to the reports."""
    page = html.unescape(browser("viewer").page("/accounts/@nora"))
    for value, source in (
        ("400", "Overview.csv of July.zip, line 4"),
        ("50", "FollowerHistory.csv, line 9"),
        ("5", "FollowerHistory.csv, line 77"),
        ("100", "Overview.csv of July.zip, line 2; revised by a newer download"),
    ):
        assert (value, source) in told(page)
    assert (
        f'<a href="#report-{OVERVIEW[:16]}" title="Overview.csv of July.zip, line 4"><bdi>Overview.csv:4</bdi></a>'
        in page
    )
    assert f'id="report-{OVERVIEW[:16]}"' in page


@pytest.mark.usefixtures("nora")
def test_what_is_not_final_is_marked(browser: Browsers):
    """A day that was still being counted, a revised one, why a number is missing, and a label that is another day's."""
    page = words(browser("viewer").page("/accounts/@nora"))
    assert re.search(rf" {back(1)} 9 7 5 3 2 111\.11 % – – – still being counted Overview\.csv:6 ", page)
    assert f" {back(3)} 400 7 5 3 2 2.50 % – – – viewers: no such report labelled 2026-01-02 Overview.csv:4 " in page
    assert f" {back(5)} 100 7 5 3 2 10.00 % – 50 – revised Overview.csv:2 FollowerHistory.csv:9 " in page
    assert f"Complete to {back(3)} known to {back(1)}, still being counted" in page
    assert f" {back(5)} video views 90 100 FollowerHistory.csv, line 3 Overview.csv of July.zip, line 2 " in page


@pytest.mark.usefixtures("nora")
def test_files_stand_beside_tiktoks_total(browser: Browsers):
    """A report has its dates, their proof, its shift, what its rows say together, and its days as they stand: 100 + 400 + 9."""
    page = words(browser("viewer").page("/accounts/@nora"))
    assert (
        f"studio_overview {back(5)} {back(1)} the file's name 1 day late other downloads of the same days 5 499 509 3 days counts"
        in page
    )


@pytest.mark.usefixtures("nora")
def test_charts_have_every_day(browser: Browsers):
    """Every calendar day has its place; days without a number are empty, provisional and revised ones marked."""
    found = re.search(r'data-columns="([^"]+)"', browser("viewer").page("/accounts/@nora?window=28"))
    assert found is not None
    columns = json.loads(html.unescape(found[1]))
    assert columns["days"] == [back(ago).isoformat() for ago in (5, 4, 3, 2, 1)]
    assert columns["views"] == [100, None, 400, None, 9]
    assert columns["engagement"] == [10.0, None, 2.5, None, 111.111]
    assert (columns["estimated"], columns["marked"]) == ([0, 0, 0, 0, 1], [1, 0, 0, 0, 0])
    assert chart_data([])["days"] == []


@pytest.mark.usefixtures("nora")
def test_earlier_days_are_in_charts_and_export(browser: Browsers, monkeypatch: pytest.MonkeyPatch):
    """The table ends somewhere and says so; the charts have every day all the same."""
    monkeypatch.setattr("plugins.dashboard.accounts.account.MOST_DAYS", 2)
    page = browser("viewer").page("/accounts/@nora?window=all")
    assert "The latest 2 days are shown; 1 earlier ones are in the charts" in words(page)
    assert f'<td class="day">{back(5)}</td>\n      <td class="number revised"' not in page
    assert "&#34;views&#34;:[100,null,400,null,9]" in page


@pytest.mark.usefixtures("nora")
def test_addresses(browser: Browsers):
    """With or without @; a former name leads to the present one; nobody's is a page that says so."""
    viewer = browser("viewer")
    assert viewer.get("/accounts/nora").status_code == 200
    for name in ("nora.old", "@Nora", "@nora.old"):
        answer = viewer.get(f"/accounts/{name}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/accounts/@nora"), name
    for name in ("rio", "x" * 3000, "%00", "'; drop table accounts"):
        assert viewer.get(f"/accounts/{name}").status_code == 404, name


def test_when_followers_are_there(browser: Browsers, connection: Connection):
    """Each weekday and hour is the mean of its days of eight weeks; the busiest hours are said in words."""
    account(connection, "nora")
    for ago, followers in ((1, 100), (8, 300), (64, 9_000)):
        audience(connection, "nora", back(ago), "active_followers", "all", hour=19, followers=followers)
    audience(connection, "nora", back(1), "active_followers", "all", hour=7, followers=50)
    page = browser("viewer").page("/accounts/@nora")
    name = WEEKDAYS[back(1).isoweekday() - 1]
    assert f"Most of them: {name} 19:00 (200), {name} 07:00 (50)." in words(page)
    assert f'<td class="level-8" title="{name} 19:00: 200 (2 days)">' in page
    assert f'<td class="level-2" title="{name} 07:00: 50 (1 day)">' in page
    assert page.count('class="unknown"') == 7 * 24 - 2
    assert heat([]) is None


def test_audience_is_of_the_newest_download(browser: Browsers, connection: Connection):
    """Of each kind the newest day's shares, largest first, with their source; many small ones are one line."""
    account(connection, "nora")
    file(connection, "e9", "Followers.zip", "nora", member="Gender.csv", member_sha256=ACTIVITY)
    for day, female, male in ((9, 0.9, 0.1), (2, 0.4, 0.6)):
        audience(connection, "nora", back(day), "gender", "female", share=female)
        audience(connection, "nora", back(day), "gender", "male", share=male, line=3)
    page = browser("viewer").page("/accounts/@nora")
    assert f"Gender {back(2)} male 60.0 % female 40.0 %" in words(page)
    assert ("60.0 %", "Gender.csv of Followers.zip, line 3") in told(page)
    many = [{"kind": "territory", "bucket": str(at), "share": 0.05, "day": back(0)} for at in range(14)]
    kept = by_kind(many)["territory"]
    assert (len(kept), kept[-1]["bucket"], round(kept[-1]["share"], 9)) == (12, "3 others", 0.15)


def test_videos(browser: Browsers, connection: Connection):
    """The newest snapshot of each, in any order; snapshots on demand; only what leads to TikTok is a link."""
    account(connection, "nora", time_zone="Asia/Tokyo")
    at = datetime(2026, 1, 2, 20, 30, tzinfo=UTC)
    video(connection, "nora", "1", back(9), total_views=10)
    good = {"link": "https://www.tiktok.com/@nora/video/1", "posted_at": at, "engagement_rate": 0.5}
    video(connection, "nora", "1", back(2), total_views=30, total_likes=4, hashtags=["#tea"], **good)
    bad = {"link": "javascript:alert(1)", "publish_date": back(400), "hashtags": ["#tea", "#cup"]}
    video(connection, "nora", "2", back(2), total_views=50, total_likes=3, **bad)
    viewer = browser("viewer")
    page = viewer.page("/accounts/@nora?order=views")
    assert re.findall(r">Video (\d)<", page) == ["2", "1"]
    assert re.findall(r">Video (\d)<", viewer.page("/accounts/@nora?order=likes")) == ["1", "2"]
    assert "javascript:" not in page
    assert 'href="https://www.tiktok.com/@nora/video/1"' in page
    assert " 2026-01-03 05:30 30 4 – – 50.00 % 2 last " in words(page)
    assert "#tea 2 40 40 50.00 % #cup 1 50 50 – " in words(page)
    shown = words(viewer.page("/accounts/@nora?video=1"))
    columns = "Day Views Likes Comments Shares Engagement People Mean seconds To the end State From report : line"
    assert f"Snapshots of Video 1 {columns} {back(2)} 30" in shown
    assert f" {back(9)} 10 – – – – " in shown
    assert posted({"posted_at": None, "publish_date": None}, None) is None


@pytest.mark.usefixtures("nora")
def test_what_the_api_gave_says_so(browser: Browsers, connection: Connection):
    """A gesture tells the source of each number; a day and the quality tell where both differ; a missing number its reason."""
    days, listed = "d" * 64, "e" * 64
    answer = {"source": "api", "family": "api", "label_shift": 0, "shift_basis": "documented"}
    for sha256, member in ((days, "days"), (listed, "videos")):
        file(connection, sha256, f"api_{member}.json", "nora", member=member, member_sha256=sha256, **answer)
    connection.execute("update account_exports set family = 'studio' where member_sha256 = %s", [OVERVIEW])
    both = {"api_and_export": {"video_views": [7, 8]}}
    stat(connection, "nora", back(2), video_views=7, overview_line=3, overview_member=days, extra=both)
    totals = {"followers": 61, "following": 5, "total_likes": 1240, "total_videos": 9, "member": days, "line": 2}
    insert(connection, "account_totals", account="nora", day=back(0), asked_at=datetime.now(UTC), **totals)
    said = {
        "days": 8,
        "agreed": 6,
        "share": 0.75,
        "metric": "video_views",
        "day": "2026-10-07",
        "api": 690,
        "export": 700,
    }
    quality(connection, "nora", overall=0.5, overall_mean=0.5, accuracy=0.9, compared=said)
    extra = {"sources": {"average_watch_time": [listed, 4]}, "missing": {"unique_viewers": "nobody came"}}
    watched = {"average_watch_time": 5.5, "completion_rate": 0.25, "total_views": 30, "extra": extra}
    video(connection, "nora", "1", back(1), **watched, is_provisional=True)
    video(connection, "nora", "1", back(2), is_frozen=True, unique_viewers=800, member=listed)
    page = browser("viewer").page("/accounts/@nora?video=1")
    assert ("7", "days of api_days.json, line 3: from the API") in told(page)
    assert ("400", "Overview.csv of July.zip, line 4: from an export") in told(page)
    assert ("5.5", "videos of api_videos.json, line 4: from the API") in told(page)
    assert ("25.0 %", "Overview.csv of July.zip, line 2: from an export") in told(page)
    shown = words(page)
    assert "video views: 7 by the API, 8 by an export" in shown
    assert "API days:3" in shown
    assert "In all 61 followers when the API was asked" in shown
    assert "follows 5, 1,240 likes, 9 videos" in shown
    assert (
        "The API and exports agree on 6 of 8 days that both know to their end (75 %). The largest difference: video views of"
        " 2026-10-07, 690 by the API, 700 by an export. The newest settled number stands." in shown
    )
    assert f" {back(1)} 30 – – – – – 5.5 25.0 % still being counted nobody came Overview.csv:2 " in shown
    assert f" {back(2)} – – – – – 800 – – frozen API videos:2 " in shown
    assert "as they are TikTok's reference: UTC days" in shown


def test_an_anomaly_is_acknowledged(browser: Browsers, connection: Connection):
    """With a note, by whoever may edit the DAG; it stays, with their name, and cannot be acknowledged again."""
    account(connection, "nora")
    anomaly(connection, "nora", back(3), "views_high", value=900, expected_low=10.4, expected_high=80)
    user = browser("user")
    assert f"{back(3)} more views than usual 900 10 to 80" in words(user.page("/accounts/@nora"))
    form = {"day": str(back(3)), "kind": "views_high", "subject": "", "note": "  A concert.\r\n"}
    answer = user.post("/accounts/@nora/anomalies", form, found_on="/accounts/@nora")
    assert (answer.status_code, answer.headers["location"]) == (303, "/accounts/@nora?done=anomalies#anomalies")
    stored = connection.execute("select acknowledged_by, note, acknowledged_at is not null from account_anomalies")
    assert stored.fetchall() == [("the user", "A concert.", True)]
    assert "the user , " in words(user.page("/accounts/@nora"))
    again = user.post("/accounts/@nora/anomalies", form, found_on="/accounts/@nora")
    assert (again.status_code, "acknowledged it already" in again.text) == (422, True)


def test_the_zone_is_set(browser: Browsers, connection: Connection):
    """A zone that there is, is stored, and the account is staged anew; another one is refused; none is UTC again."""
    account(connection, "nora", suggested_time_zone="Etc/GMT-2")
    user = browser("user")
    assert "follower activity suggests Etc/GMT-2" in words(user.page("/accounts/@nora"))
    for zone, status, stored in (
        ("Europe/Paris", 303, "Europe/Paris"),
        ("Mars/A", 422, "Europe/Paris"),
        ("", 303, None),
    ):
        assert user.post("/accounts/@nora/zone", {"zone": zone}, found_on="/accounts/@nora").status_code == status
        assert connection.execute("select time_zone from accounts").fetchall() == [(stored,)]
    assert connection.execute("select stale_since is not null from accounts").fetchall() == [(True,)]


@pytest.mark.usefixtures("nora")
def test_a_report_is_taken_back_and_brought_back(browser: Browsers, connection: Connection):
    """It is marked with who did it and waits for the next run; what is not there is said."""
    user, form = browser("user"), {"do": "undo", "export": "e1", "member": "Overview.csv"}
    assert user.post("/accounts/@nora/files", form, found_on="/accounts/@nora").status_code == 303
    state = "select state, undone_by from account_exports where export_sha256 = 'e1' and member <> ''"
    assert connection.execute(state).fetchall() == [("undone", "the user")]
    page = words(user.page("/accounts/@nora"))
    assert "taken back Taken back by the user" in page
    assert "Something changed since the last run" in page
    assert user.post("/accounts/@nora/files", {**form, "do": "redo"}, found_on="/accounts/@nora").status_code == 303
    assert connection.execute(state).fetchall()[0][0] != "undone"
    missing = user.post("/accounts/@nora/files", {**form, "export": "zz"}, found_on="/accounts/@nora")
    assert (missing.status_code, "There is no such file" in missing.text) == (409, True)


@pytest.mark.usefixtures("nora")
def test_a_report_is_moved(browser: Browsers, connection: Connection):
    """To the account that is written, which is opened; what is no handle is refused."""
    user, form = browser("user"), {"do": "move", "export": "e1", "member": "Overview.csv"}
    for to in ("", "a/b", "@nora"):
        assert user.post("/accounts/@nora/files", {**form, "to": to}, found_on="/accounts/@nora").status_code == 422, to
    assert user.post("/accounts/@nora/files", {**form, "to": "@Rio"}, found_on="/accounts/@nora").status_code == 303
    where = "select account from account_exports where export_sha256 = 'e1' and member <> ''"
    assert connection.execute(where).fetchall() == [("rio",)]


@pytest.mark.usefixtures("nora")
def test_another_name_now(browser: Browsers, connection: Connection):
    """Another account of that name goes into this one, with who said so; its address leads here; what is no handle is refused."""
    account(connection, "nora.live")
    file(connection, "e5", "Overview.zip", "nora.live")
    user = browser("user")
    assert "That is not undone" in user.page("/accounts/@nora")
    for name, status in (("", 422), ("a/b", 422), ("@Nora", 409), ("@Nora.Live", 303)):
        assert user.post("/accounts/@nora/name", {"name": name}, found_on="/accounts/@nora").status_code == status, name
    assert connection.execute("select account, handle from accounts").fetchall() == [("nora", "nora.live")]
    assert connection.execute("select account from account_exports where export_sha256 = 'e5'").fetchall() == [
        ("nora",)
    ]
    said = connection.execute("select reason from account_outcomes where step = 'rename'").fetchall()
    assert said == [("It is called @nora.live now; all of @nora.live came into it, said the user",)]
    assert user.get("/accounts/@nora.live").headers["location"] == "/accounts/@nora"
    assert browser("viewer").post("/accounts/@nora/name", {"name": "x.y"}).status_code == 403


@pytest.mark.usefixtures("nora")
def test_a_viewer_changes_nothing(browser: Browsers, connection: Connection):
    """A viewer finds no form, and 403 at each address that changes something."""
    anomaly(connection, "nora", back(3), "silence", value=0, expected_low=1)
    viewer = browser("viewer")
    assert 'method="post"' not in viewer.page("/accounts/@nora")
    for place, form in (
        ("anomalies", {"day": str(back(3)), "kind": "silence"}),
        ("zone", {"zone": "UTC"}),
        ("files", {"do": "undo", "export": "e1", "member": "Overview.csv"}),
    ):
        assert viewer.post(f"/accounts/@nora/{place}", form).status_code == 403, place
        assert browser("user").post(f"/accounts/@nora/{place}", form).status_code == 403, place  # no token
    states = connection.execute("select distinct state from account_exports").fetchall()
    assert states == [("staged",)]


def test_quality_names_its_worst_offenders(browser: Browsers, connection: Connection):
    """Each score stands with its definition and what made it worse."""
    account(connection, "nora")
    offenders = {"completeness": [{"what": "likes", "day": "2026-01-05", "text": "7 of 9 days have no number."}]}
    quality(connection, "nora", completeness=0.5, overall=0.5, overall_mean=0.75, offenders=offenders)
    page = words(browser("viewer").page("/accounts/@nora"))
    assert "50 % is the worst of five; their mean is 75 %." in page
    assert "2026-01-05 7 of 9 days have no number." in page
    assert "Validity nothing to be said" in page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_text(browser: Browsers, connection: Connection, text: str):
    """Captions, hashtags, file names, notes, warnings and buckets of any letters are escaped and keep their direction."""
    account(connection, "nora", aliases=[text])
    video(connection, "nora", "1", back(1), title=text, hashtags=[text], link=text)
    file(
        connection,
        text,
        text,
        "nora",
        member=text,
        member_sha256=OVERVIEW,
        warnings=[text],
        state="waiting",
        reason=text,
    )
    audience(connection, "nora", back(1), "territory", text, share=0.5, member=OVERVIEW)
    anomaly(connection, "nora", back(1), text, subject=text, note=text, acknowledged_by=text, acknowledged_at=back(0))
    page = browser("user").page("/accounts/@nora?video=1")
    for wrong in ("<script>alert", "<img src=x"):
        assert wrong not in page
    assert "\u202e" not in re.sub(r'value="[^"]*"', "", page)
    assert 'href="javascript' not in page

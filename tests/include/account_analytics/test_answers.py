"""What TikTok's API answers, from the hand-over to the curated numbers, alone and beside exports of the same days."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import psycopg
import pytest

from include.account_analytics import incoming, places, staged_files, undoing
from include.account_analytics.curated import DAILY
from include.account_analytics.schemas import checked
from include.lake import Lake
from include.migrations import FOLDER, migrate
from tests.fixtures.accounts import Accounts
from tests.include.account_analytics.answers import VIDEOS, day, days, profile, videos
from tests.include.account_analytics.frames import layer, snapshot

PROFILE, LIST = "api_business_get_{}.json", "api_business_video_list_{}.json"
NEW, OLD = "7560000000000000001", "7000000000000000001"
OCTOBER = [f"2026-10-{number:02d}" for number in range(1, 11)]


def given(accounts: Accounts, *documents: bytes, account: str = "mara") -> None:
    for data in documents:
        told = json.loads(data)
        name = PROFILE if told["endpoint"] == "business/get" else LIST
        moment = told["asked_at"].replace("-", "").replace(":", "")
        incoming.put(accounts.lake, account, name.format(moment), data)


def overview(views: list[int], first: int = 1, at: str = "2026-10-12T09:30:00Z", **columns: int) -> dict[str, bytes]:
    """An Overview of days of October from `first` on, as the drop folder's folder of the account has it."""
    last = first + len(views) - 1
    row = {"Profile Views": 3, "Likes": 2, "Comments": 1, "Shares": 0} | columns
    lines = [["Date", "Video Views", *row]]
    lines += [[f"October {first + n}", str(each), *map(str, row.values())] for n, each in enumerate(views)]
    data = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines) + "\n"
    ended = datetime.fromisoformat(at.replace("Z", "+00:00")).replace(day=last)
    name = f"Overview_2026-10-{first:02d}_{int(ended.timestamp())}_mara.csv"
    return {f"mara/{name}": b"\xef\xbb\xbf" + data.encode()}


def content(views: int, likes: int) -> dict[str, bytes]:
    """A list of one video, downloaded on 12 October."""
    header = (
        *("Time", "Video title", "Video link", "Post time", "Total likes", "Total comments", "Total shares"),
        "Total views",
    )
    link = f"https://www.tiktok.com/@mara/video/{NEW}"
    row = ("October 12", "hello", link, "October 11", likes, 1, 0, views)
    data = "\n".join(",".join(f'"{cell}"' for cell in line) for line in (header, row)) + "\n"
    return {"mara/Content_2026-10-05_1791797400_mara.csv": b"\xef\xbb\xbf" + data.encode()}


def video(item_id: str = NEW, posted: str = "2026-10-05T12:00:00Z", **numbers) -> dict:
    at = int(datetime.fromisoformat(posted.replace("Z", "+00:00")).timestamp())
    plain = {"video_views": 1000, "likes": 10, "comments": 4, "shares": 6, "caption": "hi #x"}
    link = {"share_url": f"https://www.tiktok.com/@mara/video/{item_id}?utm_campaign=x"}
    return {"item_id": item_id, "create_time": str(at), **plain, **link, **numbers}


def test_days_of_the_api(accounts: Accounts):
    """Asked on the 12th: to the 9th counted to the end. 3 reactions of 200 views are 1.5 %; each number says its source."""
    metrics = days("2026-10-01", *range(100, 1100, 100), unique_video_views=7, daily_total_followers=-1)
    for number, entry in enumerate(metrics):
        entry["followers_count"] = 50 + number
    given(accounts, profile(metrics=metrics))
    accounts.run()
    rows = accounts.rows(
        "select date, video_views, engagement_rate, followers, follower_growth, reached_audience, net_followers,"
        " is_provisional, overview_source, viewers_source, followers_source, overview_line from social_media_stats order by 1"
    )
    assert rows[1] == (date(2026, 10, 2), 200, 0.015, 51, 1, 7, -1, False, "api", None, "api", 3)
    assert [row[7] for row in rows] == [False] * 9 + [True]
    assert accounts.rows(
        "select source, format, label_shift, shift_basis, year_basis, exported_at from account_exports where member <> ''"
    ) == [("api", "api_days", 0, "documented", "file", datetime(2026, 10, 12, 5, 0, 12, tzinfo=UTC))]
    assert accounts.rows("select kind from account_questions") == []


def test_what_it_had_in_all(accounts: Accounts):
    """A line of its own for each day it was asked on, the last time counts; whom it follows stands beside that day's totals."""
    given(
        accounts,
        profile("2026-10-10T05:00:00Z", followers_count=60, following_count=4, total_likes=1234, videos_count=9),
        profile("2026-10-10T09:00:00Z", followers_count=61, following_count=5, total_likes=1240, videos_count=9),
        profile("2026-10-14T05:00:00Z", metrics=days("2026-10-09", 5, 6), following_count=None),
    )
    accounts.run()
    assert accounts.rows(
        "select day, asked_at, followers, following, total_likes, total_videos from account_totals"
    ) == [(date(2026, 10, 10), datetime(2026, 10, 10, 9, tzinfo=UTC), 61, 5, 1240, 9)]
    assert accounts.days("mara", "following") == {date(2026, 10, 9): None, date(2026, 10, 10): 5}
    assert accounts.days("mara", "followers") == {date(2026, 10, 9): None, date(2026, 10, 10): None}


def test_the_audience(accounts: Accounts):
    """Each breakdown as of the day it was asked, fractions; lists of the first few need not be whole."""
    given(
        accounts,
        profile(
            metrics=days("2026-10-01", 5),
            audience_ages=[{"age": "18-24", "percentage": 0.4}, {"age": "25-34", "percentage": 0.6}],
            audience_countries=[{"country": "DE", "percentage": 0.5}],
            audience_cities=[{"city_name": "Köln", "percentage": 0.125}],
        ),
    )
    accounts.run()
    assert accounts.rows(
        "select day, kind, bucket, share, source from audience_insights order by kind, bucket collate ucs_basic"
    ) == [
        (date(2026, 10, 12), "age", "18-24", 0.4, "api"),
        (date(2026, 10, 12), "age", "25-34", 0.6, "api"),
        (date(2026, 10, 12), "city", "Köln", 0.125, "api"),
        (date(2026, 10, 12), "territory", "DE", 0.5, "api"),
    ]
    assert accounts.rows("select accuracy, offenders -> 'accuracy' from account_quality") == [(1.0, [])]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (None, [(date(2026, 10, 1), 0, 5), (date(2026, 10, 1), 23, 6)]),
        # Two hours ahead of UTC: 23 h is 1 h of the next day.
        ("Europe/Berlin", [(date(2026, 10, 1), 2, 5), (date(2026, 10, 2), 1, 6)]),
        ("America/New_York", [(date(2026, 9, 30), 20, 5), (date(2026, 10, 1), 19, 6)]),
    ],
)
def test_hours_are_of_the_accounts_zone(accounts: Accounts, zone: str | None, expected: list):
    """The API counts hours of UTC; where the zone is known they are shown in it."""
    hours = [{"hour": "0", "count": 5}, {"hour": "23", "count": 6}]
    given(accounts, profile(metrics=[day("2026-10-01", 5, audience_activity=hours)]))
    if zone:
        accounts.land()
        with accounts.connect() as connection:
            connection.execute("update accounts set time_zone = %s", [zone])
    accounts.run()
    assert accounts.rows("select day, hour, followers from audience_insights order by 1, 2") == expected
    assert accounts.rows("select suggested_time_zone from accounts") == [(None,)]


def test_what_only_the_api_says_of_a_video(accounts: Accounts):
    """Watch time, completion, people, where views came from: of 1,000 and 3,000 views 750 + 3,000 came from For You."""
    given(
        accounts,
        videos(
            video(
                reach=800,
                total_time_watched=5000.5,
                average_time_watched=5.0005,
                full_video_watched_rate=0.25,
                new_followers=4,
                profile_views=5,
                video_duration=20.001,
                favorites=3,
                impression_sources=[
                    {"impression_source": "For You", "percentage": 0.75},
                    {"impression_source": "Search", "percentage": 0.25},
                ],
                video_view_retention=[{"second": "1", "percentage": 0.9}],
            ),
            video(
                "7560000000000000002",
                video_views=3000,
                impression_sources=[{"impression_source": "For You", "percentage": 1}],
            ),
        ),
    )
    accounts.run()
    names = (
        "average_watch_time, completion_rate, total_watch_time, unique_viewers, new_followers, profile_views, duration"
    )
    assert accounts.rows(
        f"select {names}, engagement_rate, source, is_provisional, is_frozen, posted_at, hashtags from content_performance"  # noqa: S608
        f" where video_id = '{NEW}'"
    ) == [
        (
            5.0005,
            0.25,
            5000.5,
            800,
            4,
            5,
            20.001,
            0.02,
            "api",
            True,
            False,
            datetime(2026, 10, 5, 12, tzinfo=UTC),
            ["x"],
        )
    ]
    ((extra,),) = accounts.rows(f"select extra from content_performance where video_id = '{NEW}'")  # noqa: S608
    assert extra == {
        "retention": [{"second": "1", "percentage": 0.9}],
        "traffic_sources": [
            {"impression_source": "For You", "percentage": 0.75},
            {"impression_source": "Search", "percentage": 0.25},
        ],
    }
    traffic = "select bucket, share, source from audience_insights where kind = 'traffic_source' order by 1"
    assert accounts.rows(traffic) == [("For You", 0.9375, "api"), ("Search", 0.0625, "api")]


@pytest.mark.parametrize(
    ("posted", "reason", "is_frozen"),
    [
        ("2026-10-11T12:00:00Z", "the API counts 24 to 48 hours late", False),
        (
            "2026-10-05T12:00:00Z",
            "the API gives it only of videos with a view, like, comment or share in the last 7 days",
            False,
        ),
        ("2025-10-12T12:00:00Z", "the API counts a video no longer, 365 days after it was posted", True),
        (
            "2025-10-13T12:00:00Z",
            "the API gives it only of videos with a view, like, comment or share in the last 7 days",
            False,
        ),
    ],
)
def test_a_number_that_is_not_given_is_missing_with_its_reason(
    accounts: Accounts, posted: str, reason: str, is_frozen: bool
):
    """Never 0: of a new video, one that rests for a week, one that is no longer counted. What nobody asked for has no reason."""
    given(accounts, videos(video(posted=posted), fields=("item_id", "reach", "average_time_watched")))
    accounts.run()
    ((people, seconds, completion, extra, frozen),) = accounts.rows(
        "select unique_viewers, average_watch_time, completion_rate, extra, is_frozen from content_performance"
    )
    assert (people, seconds, completion, frozen) == (None, None, None, is_frozen)
    assert extra["missing"] == {"unique_viewers": reason, "average_watch_time": reason}
    assert ("frozen" in extra) == is_frozen


def test_frozen_totals_gain_nothing(accounts: Accounts):
    """A video that is counted no longer has no days of 0 views; one that is counted has."""
    for at in ("2026-10-11T05:00:00Z", "2026-10-12T05:00:00Z"):
        fresh = video(video_views=1000 if at < "2026-10-12" else 1030)
        given(accounts, videos(fresh, video(OLD, "2023-01-05T12:00:00Z"), asked_at=at))
    accounts.run()
    daily = pl.read_csv(accounts.files("curated")[DAILY], schema_overrides={"video_id": pl.String})
    assert daily.select("date", "video_id", "views", "source").rows() == [("2026-10-12", NEW, 30, "api")]
    assert accounts.rows("select count(*) from content_performance where is_frozen") == [(2,)]


def test_an_export_stands_before_the_api_on_the_day_of_both(accounts: Accounts):
    """Its totals are a day or two younger; what it leaves empty the API fills, and says from where."""
    given(accounts, videos(video(reach=800, average_time_watched=5.5), asked_at="2026-10-12T12:00:00Z"))
    accounts.drop(content(views=1100, likes=12))
    accounts.run()
    ((views, likes, seconds, people, source, provisional, extra, member),) = accounts.rows(
        "select total_views, total_likes, average_watch_time, unique_viewers, source, is_provisional, extra, member"
        " from content_performance"
    )
    assert (views, likes, seconds, people, source, provisional) == (1100, 12, 5.5, 800, "export", False)
    ((sha,),) = accounts.rows("select member_sha256 from account_exports where format = 'api_videos'")
    assert extra["sources"] == {"average_watch_time": [sha, 2], "unique_viewers": [sha, 2]}
    assert member != sha


def test_both_say_the_same(accounts: Accounts):
    """Ten days by an export, the same by the API: of eight days both know them to their end, and agree on all."""
    views = list(range(100, 1100, 100))
    given(accounts, profile("2026-10-13T05:00:12Z", metrics=days("2026-10-01", *views)))
    accounts.drop(overview(views))
    accounts.run()
    ((compared, accuracy),) = accounts.rows("select compared, accuracy from account_quality")
    assert compared == {
        "days": 8,
        "agreed": 8,
        "share": 1.0,
        "metric": None,
        "day": None,
        "api": None,
        "export": None,
    }
    assert accuracy == 1.0
    assert accounts.rows("select distinct overview_source from social_media_stats") == [("api",)]
    assert accounts.rows("select count(*) from account_revisions") == [(0,)]


def test_both_speak_and_differ(accounts: Accounts):
    """The newest settled number stands, the older is kept as revised; the page's quality has the share and the largest
    difference: on 6 of 8 days they agree, and two days of eight count a quarter each."""
    views = list(range(100, 1100, 100))
    other = [100, 200, 300, 407, 500, 600, 690, 800, 900, 1000]
    given(accounts, profile("2026-10-13T05:00:12Z", metrics=days("2026-10-01", *other)))
    accounts.drop(overview(views))
    accounts.run()
    stored = accounts.days("mara")
    assert (stored[date(2026, 10, 4)], stored[date(2026, 10, 7)]) == (407, 690)
    assert accounts.rows("select day, metric, old_value, new_value from account_revisions order by day") == [
        (date(2026, 10, 4), "video_views", 400.0, 407.0),
        (date(2026, 10, 7), "video_views", 700.0, 690.0),
    ]
    ((compared, accuracy, offenders),) = accounts.rows(
        "select compared, accuracy, offenders -> 'accuracy' from account_quality"
    )
    assert compared == {
        "days": 8,
        "agreed": 6,
        "share": 0.75,
        "metric": "video_views",
        "day": "2026-10-07",
        "api": 690,
        "export": 700,
    }
    assert accuracy == pytest.approx(1 - 2 * 0.25 / 8)
    assert [each["text"] for each in offenders] == [
        "The API says 690, an export 700.",
        "The API says 407, an export 400.",
    ]
    extra = accounts.rows("select extra -> 'api_and_export' from social_media_stats where date = '2026-10-04'")
    assert extra == [({"video_views": [407, 400]},)]


def test_the_api_tells_that_an_export_is_labelled_late(accounts: Accounts):
    """Its days are UTC days by the vendor's reference: an export whose rows are one day further on is a day late."""
    views = [110, 220, 330, 440, 550, 660, 770, 880, 990, 1100]
    given(accounts, profile("2026-10-14T05:00:12Z", metrics=days("2026-10-01", *views)))
    accounts.drop(overview(views, first=2))
    accounts.run()
    assert accounts.rows(
        "select format, label_shift, shift_basis, first_day from account_exports where member <> '' order by format"
    ) == [("api_days", 0, "documented", date(2026, 10, 1)), ("studio_overview", 1, "overlap", date(2026, 10, 1))]
    assert list(accounts.days("mara")) == [date.fromisoformat(each) for each in OCTOBER]


def test_an_older_answer_is_no_newer_number(accounts: Accounts):
    """What was asked before an export was downloaded, and comes later, replaces nothing."""
    accounts.drop(overview(list(range(100, 1100, 100)), at="2026-10-12T09:30:00Z"))
    accounts.run()
    given(accounts, profile("2026-10-08T05:00:12Z", metrics=days("2026-10-01", 107, 200, 300, 400, 500)))
    accounts.run()
    assert accounts.days("mara")[date(2026, 10, 1)] == 100
    assert accounts.rows("select metric, old_value, new_value from account_revisions where day = '2026-10-01'") == [
        ("video_views", 107.0, 100.0)
    ]


def test_twice_the_same_bytes(accounts: Accounts):
    """Run again, and read again from landing, by its format or whole: not a byte of the lake is another."""
    given(accounts, profile(metrics=days("2026-10-01", 5, 6), followers_count=3), videos(video(reach=1)))
    accounts.run()
    before = accounts.files("")
    accounts.run()
    assert accounts.files("") == before
    for what in ("api_days", "api_videos", "mara", "all"):
        accounts.run(reprocess=what)
        assert accounts.files("") == before, what


def test_the_order_does_not_matter(accounts: Accounts):
    """The documents one by one, the newest first, end in the numbers of all at once."""
    documents = [
        profile(f"2026-10-{at}T05:00:12Z", metrics=days("2026-10-01", *[int(at)] * 5), followers_count=int(at))
        for at in ("08", "09", "10")
    ]
    for document in reversed(documents):
        given(accounts, document)
        accounts.run()
    assert set(accounts.days("mara").values()) == {10}
    assert accounts.rows("select day, followers from account_totals order by 1") == [
        (date(2026, 10, at), at) for at in (8, 9, 10)
    ]


def test_an_answer_is_taken_back(accounts: Accounts):
    """Then the older values return, nothing of what it had in all is left, and it can be brought back."""
    accounts.drop(overview(list(range(100, 1100, 100))))
    given(accounts, profile("2026-10-13T05:00:12Z", metrics=days("2026-10-01", *[7] * 10), followers_count=3))
    accounts.run()
    assert set(accounts.days("mara").values()) == {7}
    ((sha,),) = accounts.rows("select export_sha256 from account_exports where file_name like 'api%' and member = ''")
    for member in ("days", "account"):
        accounts.work(lambda connection, member=member: undoing.undo(connection, sha, member, "nora"))
    accounts.run()
    assert accounts.days("mara")[date(2026, 10, 1)] == 100
    assert accounts.rows("select count(*) from account_totals") == [(0,)]
    assert places.staged("mara")[-1] not in accounts.files("staging")
    assert accounts.rows("select distinct overview_source from social_media_stats") == [("export",)]


def test_nothing_of_a_bad_answer_is_stored(accounts: Accounts):
    """It lies in quarantine beside its reason; the answer before it counts on."""
    given(accounts, profile(metrics=days("2026-10-01", 5)))
    accounts.run()
    stored = accounts.rows("select * from social_media_stats")
    bad = profile("2026-10-13T05:00:12Z", metrics=[*days("2026-10-01", 9), day("2026-10-02", 1, likes=True)])
    given(accounts, bad)
    accounts.run()
    assert accounts.rows("select * from social_media_stats") == stored
    assert accounts.rows("select state, reason_code, member from account_exports where state = 'quarantined'") == [
        ("quarantined", "wrong_type", "")
    ]
    kept, reason = accounts.files("landing/quarantine").items()
    assert (kept[1], reason[0]) == (bad, f"{kept[0]}.reason.json")
    assert "likes is True" in json.loads(reason[1])["reason"]


def test_one_bad_part_leaves_the_others(accounts: Accounts):
    """An age that is no share is set aside with its reason; days count."""
    given(accounts, profile(metrics=days("2026-10-01", 5), audience_ages=[{"age": "18-24", "percentage": 40}]))
    accounts.run()
    assert accounts.rows("select member, state, reason_code from account_exports where member <> '' order by 1") == [
        ("audience", "quarantined", "unreadable_share"),
        ("days", "staged", None),
    ]


def test_an_answer_for_another_account_is_asked_about(accounts: Accounts):
    """The connection says @mara, the answer says it is of @lila: nothing is stored until somebody says whose it is."""
    given(accounts, profile(metrics=days("2026-10-01", 5), followers_count=1, username="lila"))
    accounts.run()
    assert accounts.rows("select kind, candidates from account_questions") == [("two_handles", ["lila", "mara"])]
    assert accounts.rows("select count(*) from social_media_stats") == [(0,)]


def test_an_account_without_videos(accounts: Accounts):
    """An empty list is an answer, and no failure."""
    given(accounts, videos())
    accounts.run()
    assert accounts.rows("select state, rows_in from account_exports where member <> ''") == [("staged", 0)]


def test_gains_are_of_one_source(accounts: Accounts):
    """An export's total is younger than the API's: from 1,100 by an export to 1,090 by the API a day later nothing was lost."""
    accounts.drop(content(views=1100, likes=12))
    for at, views in (("13", 1090), ("14", 1150)):
        given(accounts, videos(video(video_views=views), asked_at=f"2026-10-{at}T05:00:00Z", fields=VIDEOS[:8]))
    accounts.run()
    daily = pl.read_csv(accounts.files("curated")[DAILY], schema_overrides={"video_id": pl.String})
    assert daily.select("date", "views", "days", "source").rows() == [("2026-10-14", 60, 1, "api")]


def test_rows_from_before_say_that_an_export_gave_them(empty_database_url: str, tmp_path: Path):
    """The schema before had days, videos and audiences: all of them are of exports, and a day without viewers has no source."""
    folder = Path(shutil.copytree(FOLDER, tmp_path / "migrations"))
    for path in folder.glob("*.sql"):
        if path.name >= "0059":
            path.unlink()
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        migrate(connection, folder)
        connection.execute("insert into accounts (account, handle) values ('mara', 'mara')")
        connection.execute(
            "insert into social_media_stats (account, date, overview_member) values ('mara', '2026-10-01', 'm');"
            "insert into content_performance (account, video_id, snapshot_day, member, line)"
            " values ('mara', '1', '2026-10-01', 'm', 2);"
            "insert into audience_insights (account, day, kind, bucket, member, line)"
            " values ('mara', '2026-10-01', 'gender', 'Female', 'm', 2)"
        )
        migrate(connection)
        sources = "overview_source, viewers_source, followers_source"
        days = connection.execute(f"select {sources} from social_media_stats").fetchall()  # noqa: S608
        assert days == [("export", None, None)]
        videos_before = connection.execute("select source, is_frozen, is_provisional from content_performance")
        assert videos_before.fetchall() == [("export", False, False)]
        assert connection.execute("select source from audience_insights").fetchall() == [("export",)]


def test_what_was_staged_before_is_read(tmp_path: Path):
    """Files of an account that was staged before there was a source: what they lack is known, for only exports were read."""
    lake = Lake(f"file://{tmp_path}/lake")
    new = ("source", "is_provisional", "is_frozen", "unique_viewers")
    old = layer("videos", snapshot("1", 2, 10)).drop(*new)
    days_before = layer("daily", {"day": date(2026, 3, 1), "overview_member": "m"}).drop("overview_source", "compared")
    for name, frame in (("videos", old), ("daily", days_before)):
        lake.write(staged_files.key("mara", f"{name}.parquet"), staged_files.parquet(frame))
    staged_files.write_frame(lake, "lila", "videos", layer("videos", {**snapshot("2", 2, 5), "account": "lila"}))
    read = staged_files.read_frames(lake, ["mara", "lila"], "videos")
    assert checked("videos", read).select("video_id", *new).rows() == [
        ("1", "export", False, False, None),
        ("2", "export", False, False, None),
    ]
    assert checked("daily", staged_files.read_frame(lake, "mara", "daily"))["overview_source"].to_list() == ["export"]

"""The five scores, against numbers worked out by hand, and where they are stored."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from include.account_analytics import quality, rules, scores, staged_files
from include.account_analytics.schemas import empty
from include.lake import Lake
from tests.include.account_analytics.frames import day, layer, snapshot

WHOLE = {"video_views": 100, "profile_views": 1, "likes": 10, "comments": 1, "shares": 1, "overview_member": "m"}


def frames(daily=(), videos=(), audience=(), revisions=()):
    given = {"daily": daily, "videos": videos, "audience": audience, "revisions": revisions}
    return {name: layer(name, *rows) if rows else empty(name) for name, rows in given.items()}


def scored(at=5, **rows):
    (found,) = quality.scores(frames(**rows), day(at)).to_dicts()
    return found, json.loads(found["offenders"])


def test_a_flawless_account_has_ones():
    """All numbers, nothing revised, fresh; without anything to check against there is no accuracy."""
    found, offenders = scored(daily=[{"day": day(at), **WHOLE} for at in (1, 2, 3)])
    assert [found[name] for name in scores.SCORES] == [1.0, 1.0, 1.0, 1.0, None]
    assert (found["overall"], found["overall_mean"]) == (1.0, 1.0)
    assert set(offenders) == set(scores.SCORES)
    assert not any(offenders.values())


def test_completeness():
    """Four of five days, one of them without comments: 19 of 25 numbers; the day in no download is the worst offender."""
    found, offenders = scored(
        daily=[
            {"day": day(1) - timedelta(days=1), "has_no_data": True},
            {"day": day(1), **WHOLE},
            {"day": day(2), **WHOLE, "comments": None},
            {"day": day(4), **WHOLE},
            {"day": day(5), **WHOLE},
        ]
    )
    assert found["completeness"] == pytest.approx(19 / 25)
    assert offenders["completeness"][0] == {
        "what": "days without a download",
        "day": day(3).isoformat(),
        "subject": "",
        "value": 1.0,
        "text": "1 days from here on are in no download.",
    }
    assert ("comments", 2.0) in {(each["what"], each["value"]) for each in offenders["completeness"]}


def test_followers_count_once_such_a_report_was_given():
    """One level in two days beside whole Overviews: 11 of 12 numbers."""
    daily = [{"day": day(1), **WHOLE, "followers": 5}, {"day": day(2), **WHOLE}]
    assert scored(daily=daily)[0]["completeness"] == pytest.approx(11 / 12)


def test_consistency():
    """Ten settled numbers and one pair of snapshots; one was revised and one total fell: 1 − 2 ÷ 11."""
    found, offenders = scored(
        daily=[{"day": day(at), **WHOLE} for at in (1, 2)],
        videos=[snapshot("1", 2, 900), snapshot("1", 3, 880)],
        revisions=[
            {
                "day": day(1),
                "subject": "",
                "metric": "likes",
                "old_value": 8.0,
                "new_value": 10.0,
                "old_member": "a",
                "old_line": 2,
                "new_member": "b",
                "new_line": 3,
            }
        ],
    )
    assert found["consistency"] == pytest.approx(1 - 2 / 11)
    assert [(each["what"], each["value"]) for each in offenders["consistency"]] == [
        ("total fell", -20.0),
        ("revised", 2.0),
    ]


def test_validity_weighs_errors_and_warnings():
    """Of four rows one has negative followers, one more reactions than views: 1 − 1.25 ÷ 4; negative likes are only flagged."""
    found, offenders = scored(
        daily=[
            {"day": day(1), **WHOLE, "followers": -1},
            {"day": day(2), **WHOLE, "likes": 99},
            {"day": day(3), **WHOLE, "likes": -2},
            {"day": day(4), **WHOLE},
        ]
    )
    assert found["validity"] == pytest.approx(1 - 1.25 / 4)
    assert [each["what"] for each in offenders["validity"]] == [
        "negative_count",
        "views_below_reactions",
        "negative_reactions",
    ]


@pytest.mark.parametrize(("at", "expected"), [(4, 1.0), (6, 1.0), (9, 0.9), (40, 0.0)])
def test_freshness(at, expected):
    """The last complete day is the 3rd: fresh up to the 6th, a tenth gone three days later, nothing left after a month."""
    daily = [{"day": day(3), **WHOLE}, {"day": day(4), **WHOLE, "is_provisional": True}]
    assert scored(at=at, daily=daily)[0]["freshness"] == pytest.approx(expected)


def test_accuracy():
    """Viewers add up on one day of two, a breakdown sums to 0.9: 1 − 1.25 ÷ 3."""
    found, offenders = scored(
        daily=[
            {"day": day(1), **WHOLE, "total_viewers": 9, "new_viewers": 4, "returning_viewers": 5},
            {"day": day(2), **WHOLE, "total_viewers": 9, "new_viewers": 4, "returning_viewers": 4},
        ],
        audience=[
            {"day": day(2), "kind": "gender", "bucket": bucket, "share": share}
            for bucket, share in (("a", 0.5), ("b", 0.4))
        ],
    )
    assert found["accuracy"] == pytest.approx(1 - 1.25 / 3)
    assert [each["what"] for each in offenders["accuracy"]] == ["viewers_do_not_add_up", "breakdown_does_not_add_up"]
    assert found["overall"] == found["accuracy"]


def test_videos_never_gain_more_than_the_account():
    """300 views of the 1st to the 3rd are enough for 250 of a video between the 2nd and the 3rd... not for 301."""
    daily = [{"day": day(at), **WHOLE} for at in (1, 2, 3)]
    fits = scored(daily=daily, videos=[snapshot("1", 2, 0), snapshot("1", 3, 200)])
    breaks = scored(daily=daily, videos=[snapshot("1", 2, 0), snapshot("1", 3, 201)])
    assert (fits[0]["accuracy"], breaks[0]["accuracy"]) == (1.0, 0.0)
    assert breaks[1]["accuracy"][0]["what"] == "videos_exceed_overview"


def test_an_account_without_any_number_has_no_scores():
    """Nothing can be said about it."""
    found, _ = scored(daily=[{"day": day(1), "has_no_data": True}])
    assert [found[name] for name in (*scores.SCORES, "overall")] == [None] * 6


def test_a_rule_is_one_entry(tmp_path):
    """A rule that stands in the data file alone finds its row."""
    added = tmp_path / "rules.toml"
    entry = (
        'name = "too_many"\nlayer = "daily"\nscore = "validity"\nlevel = "error"\nvalue = "video_views"\n'
        'broken = "video_views > 1000"\ntext = "Too many."'
    )
    added.write_text(rules.PATH.read_text(encoding="utf-8") + f"\n[[rule]]\n{entry}\n", encoding="utf-8")
    given = frames(daily=[{"day": day(1), **WHOLE}, {"day": day(2), **WHOLE, "video_views": 1001}])
    found = rules.ask(given, rules.load(added))
    assert found.broken.select("day", "rule", "value").rows() == [(day(2), "too_many", 1001.0)]


def test_every_score_has_its_definition():
    """What the page shows beside a score."""
    assert set(scores.DEFINITIONS) == set(scores.SCORES)


@pytest.fixture
def staged(tmp_path, connection):
    lake = Lake(f"file://{tmp_path}/lake")
    connection.execute("insert into accounts (account, handle) values ('mara', 'mara')")
    for name, frame in frames(daily=[{"day": day(at), **WHOLE} for at in (1, 2, 3)]).items():
        staged_files.write_frame(lake, "mara", name, frame)
    return lake


def test_scores_are_stored_by_run(connection, staged):
    """One row per account and run; the same run again replaces its row."""
    for at in (4, 9):
        quality.check(connection, staged, {"mara": False}, "run 1", day(at))
    kept = connection.execute("select run_id, day, freshness, overall, offenders ->> 'accuracy' from account_quality")
    assert kept.fetchall() == [("run 1", day(9), pytest.approx(0.9), pytest.approx(0.9), "[]")]


def test_accounts_are_judged_apart(connection, staged):
    """Scores and anomalies of a batch are those that each account has by itself, made up or not."""
    connection.execute("insert into accounts (account, handle, is_made_up) values ('nora', 'nora', true)")
    days = [{"account": "nora", "day": day(at), **WHOLE, "video_views": 1000} for at in range(-20, 3)]
    days.append({"account": "nora", "day": day(3), **WHOLE, "video_views": 90_000, "likes": -1})
    for name, frame in frames(daily=days).items():
        staged_files.write_frame(staged, "nora", name, frame)
    both = {"mara": False, "nora": True}
    columns = "account, completeness, consistency, validity, freshness, accuracy, overall, overall_mean, offenders, is_made_up"
    query = f"select {columns} from account_quality where run_id = %s order by account"  # noqa: S608
    anomalies = (
        "select account, day, kind, value, expected_low, expected_high, is_made_up from account_anomalies order by 1, 2"
    )
    quality.check(connection, staged, both, "together", day(4))
    found = connection.execute(anomalies).fetchall()
    for account, is_made_up in both.items():
        quality.check(connection, staged, {account: is_made_up}, "alone", day(4))
    together, alone = (connection.execute(query, [name]).fetchall() for name in ("together", "alone"))
    assert together == alone
    assert [row[0] for row in together] == ["mara", "nora"]
    assert connection.execute(anomalies).fetchall() == found
    assert ("nora", day(3), "views_high", 90_000, True) in [(*row[:4], row[-1]) for row in found]

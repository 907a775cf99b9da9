"""Rows in, rows out for the statements about verdicts and a person's word against them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from include import database

D1, D2 = date(2026, 11, 1), date(2026, 11, 2)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
NOTHING = {
    "handle": None, "user_id": None, "video_id": None, "layer": None, "field": None, "since": None, "until": None,
    "only_uncertain": False, "only_unseen": False, "before_day": None, "before_keyword": "", "before_video": "", "most": 10,
}  # fmt: skip
LABEL = {"layer": "platform", "field": "bio", "subject_text": "on Twitch", "expected": "pass"}
MAKE = {"day": D2, "keyword": "a", "video_id": "1", **LABEL, "reason": "because", "made_by": "op"}


def do(connection: psycopg.Connection, name: str, **parameters: Any) -> list[dict[str, Any]]:
    return database.rows(connection, name, parameters)


def verdict(connection: psycopg.Connection, video_id: str, **columns: Any) -> None:
    row = {"day": D2, "keyword": "a", "user_id": "u1", "layer": "platform", "field": "bio", "run_id": "r1", **columns}
    connection.execute(
        "insert into verdicts (day, keyword, video_id, user_id, handle, layer, field, rules_version, run_id)"
        " values (%s, %s, %s, %s, 'h', %s, %s, '1', %s)",
        [row["day"], row["keyword"], video_id, row["user_id"], row["layer"], row["field"], row["run_id"]],
    )


def overrule(connection: psycopg.Connection, user_id: str, layer: str, made: int, withdrawn: int | None = None) -> None:
    """An overrule made, and withdrawn, so many hours after NOON."""
    connection.execute(
        "insert into overrules (made_at, made_by, day, keyword, video_id, user_id, layer, expected, reason,"
        " withdrawn_at, withdrawn_by) values (%s, 'op', %s, 'a', '1', %s, %s, 'pass', 'because', %s, %s)",
        [
            NOON + timedelta(hours=made),
            D2,
            user_id,
            layer,
            None if withdrawn is None else NOON + timedelta(hours=withdrawn),
            None if withdrawn is None else "op",
        ],
    )


def run(connection: psycopg.Connection, run_id: str, began: int, mode: str = "live", **settings: bool) -> None:
    connection.execute(
        "insert into runs (pipeline, run_id, day, mode, settings, started_at) values ('comets', %s, %s, %s, %s, %s)",
        [run_id, D2, mode, psycopg.types.json.Jsonb(settings), NOON + timedelta(hours=began)],
    )


def in_force(connection: psycopg.Connection, run_id: str, *, is_replay: bool, keyword: str = "a") -> list[tuple]:
    found = do(
        connection,
        "comets/read_overrules",
        run_id=run_id,
        day=D2,
        keyword=keyword,
        is_replay=is_replay,
        video_ids=["1", "2", "3"],
        user_ids=["u1", "u2", "u1"],
    )
    assert all(row.keys() == {"video_id", "layer", "field", "expected", "reason"} for row in found)
    return [(row["video_id"], row["layer"]) for row in found]


def test_a_live_run_goes_by_what_was_in_force_when_it_began(connection: psycopg.Connection):
    """Made later or withdrawn before: not in force; withdrawn after the run began: still in force for it."""
    run(connection, "r1", 0)
    overrule(connection, "u1", "platform", -1)
    overrule(connection, "u1", "pronoun", 1)
    overrule(connection, "u1", "face", -2, -1)
    overrule(connection, "u2", "face", -2, 1)
    overrule(connection, "u9", "face", -2)
    assert in_force(connection, "r1", is_replay=False) == [("1", "platform"), ("2", "face"), ("3", "platform")]


def test_a_replay_goes_by_the_run_that_judged(connection: psycopg.Connection):
    """Each video by the run that its verdict names; one without by the day's last live run that looked for creators."""
    run(connection, "r1", 0)
    run(connection, "r2", 2)
    run(connection, "r3", 4, skip_discovery=True)
    run(connection, "r4", 4, dry_run=True)
    run(connection, "r5", 9, "replay")
    verdict(connection, "1", run_id="r1")
    verdict(connection, "2", run_id="r5", user_id="u2")
    overrule(connection, "u1", "platform", 1)
    overrule(connection, "u2", "face", 3)
    overrule(connection, "u2", "pronoun", 1)
    assert in_force(connection, "r5", is_replay=True) == [("2", "pronoun"), ("3", "platform")]
    assert in_force(connection, "r5", is_replay=True, keyword="b") == [
        ("1", "platform"), ("2", "pronoun"), ("3", "platform"),
    ]  # fmt: skip


def test_a_day_that_was_never_live(connection: psycopg.Connection):
    """Its first replay's overrules hold for every later one."""
    run(connection, "r1", 0, "replay")
    run(connection, "r2", 5, "replay")
    overrule(connection, "u1", "platform", -1)
    overrule(connection, "u1", "face", 1)
    assert in_force(connection, "r2", is_replay=True) == [("1", "platform"), ("3", "platform")]


def test_search(connection: psycopg.Connection):
    """Newest day first, then by keyword and video, strictly before the last one seen; whole rows."""
    for video, day, keyword in (("1", D1, "a"), ("2", D2, "a"), ("3", D2, "b"), ("4", D2, "a")):
        verdict(connection, video, day=day, keyword=keyword)
    connection.execute("insert into creators (user_id) values ('u1')")
    overrule(connection, "u1", "face", 0)
    found = do(connection, "dashboard/search_verdicts", **NOTHING)
    assert [row["video_id"] for row in found] == ["3", "4", "2", "1"]
    screened = found[0].pop("screened_at")
    assert screened is not None
    assert found[0] == {
        "day": D2, "keyword": "b", "video_id": "3", "user_id": "u1", "handle": "h", "layer": "platform",
        "field": "bio", "matched_text": None, "measured": None, "threshold": None, "is_uncertain": False,
        "detector": None, "score": None, "rules_version": "1", "run_id": "r1", "is_on_roster": True,
        "is_overruled": True, "is_agreed": False, "followers_from": None,
    }  # fmt: skip
    after = {**NOTHING, "before_day": D2, "before_keyword": "a", "before_video": "4", "most": 1}
    assert [row["video_id"] for row in do(connection, "dashboard/search_verdicts", **after)] == ["2"]


@pytest.mark.parametrize(
    ("column", "value"), [("layer", "criteria"), ("field", "caption"), ("user_id", "u2"), ("video_id", "2")]
)
def test_search_by_one_thing(connection: psycopg.Connection, column: str, value: str):
    """Each parameter alone finds the one row that has it."""
    verdict(connection, "1")
    verdict(connection, "2", layer="criteria", field="caption", user_id="u2")
    found = do(connection, "dashboard/search_verdicts", **{**NOTHING, column: value})
    assert [row["video_id"] for row in found] == ["2"]


def test_search_under_keywords(connection: psycopg.Connection):
    """Verdicts under any of the keywords, newest day first, then by video, strictly before the last one seen; whole rows."""
    for video, day, keyword in (("1", D1, "A"), ("2", D2, "a"), ("3", D2, "b"), ("4", D2, "a"), ("5", D2, "c")):
        verdict(connection, video, day=day, keyword=keyword)
    under = {**NOTHING, "keywords": ["a", "b"]}
    found = do(connection, "dashboard/search_verdicts_under", **under)
    assert [row["video_id"] for row in found] == ["4", "3", "2", "1"]
    (whole,) = do(connection, "dashboard/search_verdicts", **{**NOTHING, "video_id": "3"})
    assert found[1] == whole
    after = {**under, "before_day": D2, "before_keyword": "b", "before_video": "3"}
    assert [row["video_id"] for row in do(connection, "dashboard/search_verdicts_under", **after)] == ["2", "1"]
    few = {**under, "most": 1, "layer": "platform"}
    assert [row["video_id"] for row in do(connection, "dashboard/search_verdicts_under", **few)] == ["4"]


def test_make_and_read(connection: psycopg.Connection):
    """A refusal is overruled once; the label and the row are as given, and taken from the verdict."""
    verdict(connection, "1")
    (made,) = do(connection, "dashboard/make_overrule", **MAKE)
    assert do(connection, "dashboard/make_overrule", **MAKE) == []
    (row,) = do(connection, "dashboard/read_overrule", **made)
    assert row.pop("made_at") is not None
    assert row == {
        **MAKE, **made, "user_id": "u1", "face_percent": None, "face_score": None, "withdrawn_at": None, "withdrawn_by": None,
    }  # fmt: skip
    assert do(connection, "dashboard/read_overrule_labels") == [
        {**LABEL, "face_percent": None, "face_score": None, "user_id": "u1", "video_id": "1"}
    ]
    assert [each["overrule_id"] for each in do(connection, "dashboard/read_overrules_of", user_id="u1")] == [
        made["overrule_id"]
    ]
    (listed,) = do(connection, "dashboard/read_overrules", in_force=True, before=None, most=5)
    assert (listed["handle"], listed["is_on_roster"]) == ("h", False)
    assert do(connection, "dashboard/withdraw_overrule", **made, withdrawn_by="op") == [made]
    assert do(connection, "dashboard/withdraw_overrule", **made, withdrawn_by="other") == []
    assert do(connection, "dashboard/read_overrule_labels") == []
    assert do(connection, "dashboard/read_overrules", in_force=True, before=None, most=5) == []
    assert len(do(connection, "dashboard/read_overrules", in_force=None, before=None, most=5)) == 1
    assert do(connection, "dashboard/read_overrules", in_force=None, before=made["overrule_id"], most=5) == []


def test_the_measured_face_stays(connection: psycopg.Connection):
    """What was seen on the cover is kept with the label; judged again, by that label, the verdict knows it no more."""
    verdict(connection, "1", layer="face", field="cover")
    connection.execute("update verdicts set measured = 1.7, threshold = 2, detector = 'd', score = 0.91")
    face = {**LABEL, "layer": "face", "field": "cover", "subject_text": None}
    assert do(connection, "dashboard/make_overrule", **{**MAKE, **face})
    connection.execute("update verdicts set layer = 'accepted', field = null, measured = null, detector = null")
    assert do(connection, "dashboard/read_overrule_labels") == [
        {**face, "face_percent": 1.7, "face_score": 0.91, "user_id": "u1", "video_id": "1"}
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"layer": "pronoun"},
        {"field": "handle"},
        {"expected": "refuse"},
        {"day": D1},
        {"keyword": "b"},
        {"video_id": "2"},
    ],
)
def test_another_verdict_is_not_overruled(connection: psycopg.Connection, changes: dict):
    """What does not fit the verdict as it stands makes no overrule."""
    verdict(connection, "1")
    assert do(connection, "dashboard/make_overrule", **{**MAKE, **changes}) == []


def test_labels_are_of_the_filters_alone(connection: psycopg.Connection):
    """A criterion that was passed is no label of any layer."""
    verdict(connection, "1", layer="criteria", field="plays")
    assert do(connection, "dashboard/make_overrule", **{**MAKE, "layer": "criteria", "field": "plays"})
    assert do(connection, "dashboard/read_overrule_labels") == []


@pytest.mark.parametrize(
    "change",
    [
        "update overrules set expected = 'refuse'",
        "update overrules set made_by = 'somebody else'",
        "update overrules set user_id = 'u2'",
        "update overrules set withdrawn_at = null, withdrawn_by = null",
        "update overrules set withdrawn_by = 'somebody else'",
    ],
)
def test_an_overrule_is_never_edited(connection: psycopg.Connection, change: str):
    """What was said, by whom, and that it was withdrawn, stays on record."""
    overrule(connection, "u1", "face", 0, 1)
    with pytest.raises(psycopg.errors.RestrictViolation, match="is never edited"):
        connection.execute(change.encode())


@pytest.mark.parametrize(
    "columns",
    [
        {"reason": "no"},
        {"reason": "x" * 501},
        {"made_by": ""},
        {"layer": "accepted"},
        {"layer": "criteria", "field": "account"},
        {"expected": "perhaps"},
    ],
)
def test_what_makes_no_sense_is_refused(connection: psycopg.Connection, columns: dict):
    """Reasons too short or long, layers that do not judge, and criteria nobody can pass."""
    row = {"made_by": "op", "reason": "because", "layer": "platform", "field": "bio", "expected": "pass", **columns}
    with pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "insert into overrules (made_by, day, keyword, video_id, user_id, layer, field, expected, reason)"
            " values (%(made_by)s, '2026-11-02', 'a', '1', 'u1', %(layer)s, %(field)s, %(expected)s, %(reason)s)",
            row,
        )

"""Answers of TikTok's API as they are handed over: their parts as tables of texts, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from include.account_analytics.facts import Refused
from include.account_analytics.reading import containers
from include.account_analytics.reading.documents import Document, read_document
from include.account_analytics.reading.examine import examine
from include.account_analytics.reading.formats import Catalogue
from include.account_analytics.reading.labels import Months
from tests.include.account_analytics.answers import day, days, document, profile, videos

VIDEO = {"item_id": "7555000000000000001", "create_time": "1759400000", "video_views": 7}


def part(document: Document, name: str) -> list[dict[str, str]]:
    (found,) = [each for each in document.parts if each.name == name]
    return [dict(zip(found.header, row, strict=True)) for row in found.rows]


def examined(path: Path, data: bytes):
    path.write_bytes(data)
    with containers.open_export(path) as export:
        return export.container, {
            member.name: examine(member, Catalogue.load(), Months.load()) for member in export.members
        }


def test_every_value_is_the_text_it_came_as():
    """Numbers keep their digits, and a number that came as a text is the same."""
    data = profile(audience_genders=[{"gender": "Female", "percentage": 0}], followers_count=1)
    data = data.replace(b'"percentage":0', b'"percentage":0.75544703365056790')
    found = read_document(data)
    assert part(found, "audience") == [
        {"audience": "audience_genders", "bucket": "Female", "percentage": "0.75544703365056790"}
    ]
    listed = read_document(videos({**VIDEO, "video_views": "7", "create_time": 1759400000, "video_duration": 20.001}))
    (row,) = part(listed, "videos")
    assert (row["video_views"], row["create_time"], row["video_duration"]) == ("7", "1759400000", "20.001")


def test_what_was_asked_for_and_not_given_says_so():
    """`null` where it was asked for, whether the answer says null or nothing; empty where nobody asked."""
    data = videos({**VIDEO, "reach": None}, fields=("item_id", "video_views", "reach", "average_time_watched"))
    (row,) = part(read_document(data), "videos")
    assert [row[name] for name in ("video_views", "reach", "average_time_watched", "likes", "caption")] == [
        "7",
        "null",
        "null",
        "",
        "",
    ]


def test_pages_are_one_table():
    """In the order in which they came; a video that two of them list is there twice."""
    listed = part(read_document(videos(VIDEO, {**VIDEO, "item_id": "7555000000000000002"}, VIDEO)), "videos")
    assert [row["item_id"][-1] for row in listed] == ["1", "2", "1"]


def test_days_are_in_their_order_and_none_between_them_is_left_out():
    """A day that the API gives no entry of is one without numbers."""
    found = part(read_document(profile(metrics=[day("2026-10-03", 30), day("2026-10-01", 10)])), "days")
    assert [(row["date"], row["video_views"]) for row in found] == [
        ("2026-10-01", "10"),
        ("2026-10-02", "null"),
        ("2026-10-03", "30"),
    ]


def test_hours_go_on_over_a_day_without_any():
    """Days before the first with hours have none."""
    metrics = days("2026-10-01", 1, 2, 3, 4)
    metrics[1]["audience_activity"] = [{"hour": "0", "count": 5}, {"hour": "1", "count": 6}]
    metrics[3]["audience_activity"] = [{"hour": "0", "count": 7}]
    found = part(read_document(profile(metrics=metrics)), "activity")
    assert [tuple(row.values()) for row in found] == [
        ("2026-10-02", "0", "5"),
        ("2026-10-02", "1", "6"),
        ("2026-10-03", "0", "null"),
        ("2026-10-04", "0", "7"),
    ]


def test_parts_without_a_number_are_left_out():
    """An account with fewer than a hundred followers has no audience: nothing is made of nothing."""
    found = read_document(profile(metrics=days("2026-10-01", 1), audience_ages=[], audience_cities=None))
    assert [each.name for each in found.parts] == ["days"]


def test_a_document_is_found_by_its_content(tmp_path: Path):
    """Whatever it is called: each part is a report of its own format, its days with their years."""
    data = profile(metrics=days("2026-10-01", 10, 20), followers_count=9, username="Mara.K")
    container, found = examined(tmp_path / "whatever.txt", data)
    assert (container, {name: each.format.name for name, each in found.items()}) == (
        "json",
        {"days": "api_days", "account": "api_account"},
    )
    assert found["days"].metrics["video_views"] == (10, 20)
    assert [(label.year, label.month, label.day) for label in found["days"].labels] == [(2026, 10, 1), (2026, 10, 2)]
    assert found["account"].handles == ("mara.k",)
    _, listed = examined(tmp_path / "list", videos({**VIDEO, "share_url": "https://www.tiktok.com/@Mara/video/755500"}))
    assert (listed["videos"].posts[0].video_id, listed["videos"].posts[0].posted.isoformat()) == (
        "7555000000000000001",
        "2025-10-02T10:13:20+00:00",
    )


def test_a_name_that_nobody_knows_is_kept_and_reported(tmp_path: Path):
    """As a column of an export would be."""
    _, found = examined(tmp_path / "a", profile(metrics=[day("2026-10-01", 1, live_views=4)]))
    assert found["days"].match.new_columns == ("live_views",)
    assert "x_live_views" in found["days"].match.columns


def test_reach_is_people(tmp_path: Path):
    """The API's `reach` of a video is never its views."""
    _, found = examined(tmp_path / "a", videos({**VIDEO, "reach": 3}))
    columns = dict(zip(found["videos"].header, found["videos"].match.columns, strict=True))
    assert (columns["reach"], columns["video_views"]) == ("unique_viewers", "total_views")


GOOD = profile(metrics=days("2026-10-01", 1))
DEEP = b'{"cometwatch":"tiktok_accounts_api/1","answers":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (DEEP, "too_deep"),
        (GOOD[:-20], "damaged"),
        (GOOD.replace(b'"video_views":1', b'"video_views":NaN'), "no_number"),
        (GOOD.replace(b'"video_views":1', b'"video_views":-Infinity'), "no_number"),
        (GOOD.replace(b'"video_views":1', b'"video_views":1,"video_views":2'), "doubled_key"),
        (GOOD.replace(b'"video_views":1', b'"video_views":true'), "wrong_type"),
        (GOOD.replace(b'"video_views":1', b'"video_views":[1]'), "wrong_type"),
        (GOOD.replace(b'"video_views":1', b'"video_views":' + b"9" * 30), "wrong_type"),
        (GOOD.replace(b'"video_views":1', b'"video_views":' + b"9" * 9000), "wrong_type"),
        (GOOD.replace(b"accounts_api/1", b"accounts_api/2"), "other_version"),
        (GOOD.replace(b"business/get", b"business/comment/list"), "unknown_endpoint"),
        (GOOD.replace(b"2026-10-12T05:00:12Z", b"2026-13-12T05:00:12Z"), "unreadable_date"),
        (GOOD.replace(b"2026-10-12T05:00:12Z", b"yesterday"), "unreadable_date"),
        (GOOD.replace(b'"date":"2026-10-01"', b'"date":"1 October"'), "unreadable_date"),
        (GOOD.replace(b'"date":"2026-10-01"', b'"date":"2027-10-01"'), "unreadable_date"),
        (profile(metrics=[*days("2026-10-01", 1), *days("2026-10-01", 1)]), "duplicate_label"),
        (profile(metrics=[day("2024-10-01", 1), day("2026-10-01", 1)]), "too_many"),
        (profile(metrics={"date": "2026-10-01"}), "wrong_type"),
        (profile(metrics=[["2026-10-01", 1]]), "wrong_type"),
        (profile(audience_ages=[{"percentage": 0.5}]), "wrong_type"),
        (profile(display_name="Mara"), "no_rows"),
        (document("business/get", {"metrics": []}, "2026-10-12T05:00:12Z"), "wrong_type"),
        (document("business/get", [1], "2026-10-12T05:00:12Z"), "wrong_type"),
        (profile(metrics=days("2026-10-01", 1)).replace(b'"b3d2f73d"', b"17.5e"), "damaged"),
        (document("business/get", [{}], "2026-10-12T05:00:12Z", request=[]), "wrong_type"),
        (videos({**VIDEO, "caption": {"text": "x"}}), "wrong_type"),
        (videos({**VIDEO, "impression_sources": [{"impression_source": "For You"}]}), "wrong_type"),
        (videos({**VIDEO, "caption": "X"}).replace(b'"X"', rb'"\ud800"'), "bad_text"),
        (videos({**VIDEO, **{f"field_{n}": 1 for n in range(300)}}), "columns"),
    ],
)
def test_what_is_not_just_as_it_should_be_is_refused(tmp_path: Path, data: bytes, code: str):
    """With one message that says what it is; it may be kept, so that somebody can look at it."""
    path = tmp_path / "answer.json"
    path.write_bytes(data)
    with pytest.raises(Refused) as refused, containers.open_export(path):
        pass
    assert (refused.value.code, refused.value.is_kept) == (code, True)
    assert "TikTok's API" in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (profile(metrics=[day("2026-10-01", 1, profile_views="many")]), "unreadable_number"),
        (profile(metrics=[day("2026-10-01", 1, profile_views=1.5)]), "unreadable_number"),
        (profile(audience_ages=[{"age": "18-24", "percentage": 40}]), "unreadable_share"),
        (profile(audience_ages=[{"age": "18-24", "percentage": 0.4}] * 2), "duplicate_label"),
        (profile(metrics=[day("2026-10-01", 1, audience_activity=[{"hour": "24", "count": 1}])]), "unreadable_hour"),
        (videos({**VIDEO, "item_id": "../../x"}), "unreadable_link"),
        (videos({**VIDEO, "create_time": "soon"}), "unreadable_date"),
        (videos({**VIDEO, "full_video_watched_rate": 3.5}), "unreadable_share"),
    ],
)
def test_a_value_that_cannot_be_read_refuses_its_part(tmp_path: Path, data: bytes, code: str):
    """The message says which part and which entry, and nothing of an export."""
    with pytest.raises(Refused) as refused:
        examined(tmp_path / "a", data)
    assert refused.value.code == code
    assert "TikTok Studio" not in str(refused.value)


def test_other_json_is_refused_as_before(tmp_path: Path):
    """What only mentions the mark, deep inside or in a text, is no answer, and may be private: it is not kept."""
    private = {"Profile": {"cometwatch": 'say "cometwatch":"tiktok_accounts_api/1"'}, "Direct Messages": {}}
    path = tmp_path / "user_data.json"
    path.write_text(json.dumps(private))
    with pytest.raises(Refused) as refused, containers.open_export(path):
        pass
    assert (refused.value.code, refused.value.is_kept) == ("personal_data", False)


def test_a_table_with_the_apis_columns_is_no_answer(tmp_path: Path):
    """Somebody's own table says nothing of when it was asked: it is not taken for TikTok's."""
    path = tmp_path / "table.csv"
    path.write_text('"audience","bucket","percentage"\n"audience_ages","18-24","0.4"\n')
    with pytest.raises(Refused) as refused, containers.open_export(path) as export:
        examine(export.members[0], Catalogue.load(), Months.load())
    assert refused.value.code == "no_answer"

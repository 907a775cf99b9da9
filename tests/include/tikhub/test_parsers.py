"""What is read from TikHub's answers, what is refused, and that nothing else ever happens."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.tikhub.errors import UnexpectedAnswer
from include.tikhub.models import (
    Absent,
    Author,
    Challenge,
    ChallengePage,
    Cover,
    Profile,
    Refusal,
    TopCreator,
    Trend,
    TrendingHashtag,
    UserPage,
    Video,
    VideoPage,
)
from include.tikhub.parsers import (
    parse_hashtag_search,
    parse_hashtag_videos,
    parse_profile,
    parse_similar_users,
    parse_trending_hashtags,
    parse_trending_words,
    parse_user_search,
    parse_user_videos,
    parse_video_search,
)
from tests.examples import examples
from tests.fixtures.raw_server import made_up_page, made_up_profile, made_up_user, made_up_video

SEC_UID = "MS4wLjABAAAA" + "x" * 64
PROFILE = Profile(
    user_id="7000000000000000001",
    sec_user_id=SEC_UID,
    handle="noodle.nook",
    nickname="Noodle Nook",
    signature="bowls\nand broth",
    avatar_url="https://p16.tiktokcdn.com/a.jpeg",
    followers=48_234,
    hearts=912_345,
    videos=120,
    is_private=False,
)
VIDEO = Video(
    video_id="7100000000000000001",
    caption="slurping #ramen",
    plays=60_001,
    posted_at=datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC),
    duration_ms=15_000,
    covers=(
        Cover("origin_cover", ("https://p16.tiktokcdn.com/o.jpg",)),
        Cover("cover", ("https://p16.tiktokcdn.com/c.jpeg?s=%2B", "https://p16.tiktokcdn.com/c.webp?s=1")),
    ),
    author=Author("7000000000000000001", SEC_UID, "noodle.nook", "Noodle Nook", 48_234, False, False),
    likes=5,
)
NONSENSE_COUNTS = [
    "12.3K", "1.2M", "1,234", "-1", "-0", "+5", " 5 ", "", "1e5", "١٢", "９", "0x10", "9" * 19, "9" * 5_000,
    -1, True, False, 0.5, 20_000.5, -1.0, 1e308, 2.0**63, float("nan"), float("inf"), 2**63, 10**400, [], {}, [5],
]  # fmt: skip


def profile_of(**changes):
    """A made-up profile, changed, and read."""
    return measured(made_up_profile(**changes))


def measured(data):
    """The Profile in an answer that holds one."""
    profile = parse_profile(data)
    assert isinstance(profile, Profile)
    return profile


def read(parse, *arguments):
    """The field that an answer is refused for."""
    with pytest.raises(UnexpectedAnswer) as caught:
        parse(*arguments)
    assert caught.value.field
    assert caught.value.field in str(caught.value)
    return caught.value.field


class TestProfile:
    def test_whole(self):
        """All fields of a profile, the counts exact, the avatar in a format that can be read."""
        assert parse_profile(made_up_profile(), "7000000000000000001") == PROFILE

    def test_recorded(self, shared):
        """The recorded answer is a Profile with every count."""
        data = json.loads(shared("tikhub_recorded/appv3_user_profile.json").read_text())
        profile = parse_profile(data, data["user"]["uid"])
        assert isinstance(profile, Profile)
        counts = ("follower_count", "total_favorited", "aweme_count")
        assert [data["user"][name] for name in counts] == [profile.followers, profile.hearts, profile.videos]
        assert data["user"]["unique_id"] == profile.handle

    @pytest.mark.parametrize(
        ("value", "count"),
        [
            (0, 0), ("0", 0), ("12345", 12345), (2**63 - 1, 2**63 - 1),
            (20_000.0, 20_000), (3e4, 30_000), (0.0, 0), (2.0**62, 2**62),
        ],
    )  # fmt: skip
    def test_counts(self, value, count):
        """Integers, strings of digits and floats without a fraction are counts up to 2^63-1; zero is one."""
        followers = profile_of(follower_count=value).followers
        assert (type(followers), followers) == (int, count)

    @pytest.mark.parametrize("name", ["follower_count", "total_favorited", "aweme_count"])
    @pytest.mark.parametrize("value", NONSENSE_COUNTS, ids=range(len(NONSENSE_COUNTS)))
    def test_a_count_that_is_none(self, name, value):
        """Anything else in the place of a count is refused with the field named."""
        assert read(parse_profile, made_up_profile(**{name: value})) == f"user.{name}"

    @pytest.mark.parametrize("name", ["follower_count", "total_favorited", "aweme_count"])
    def test_a_missing_count(self, name):
        """A missing or null count is never 0, and no other metric stands in for it."""
        data = made_up_profile(favoriting_count=5, mplatform_followers_count=5, visible_videos_count=5)
        assert read(parse_profile, {**data, "user": {**data["user"], name: None}}) == f"user.{name}"
        del data["user"][name]
        assert read(parse_profile, data) == f"user.{name}"

    def test_another_spelling(self):
        """Another spelling of the same metric is read; the usual one goes first."""
        user = made_up_user(followers_count=1, heart_count=2, video_count="3", total_favorited=None)
        del user["aweme_count"]
        profile = measured({"user": user})
        assert (profile.followers, profile.hearts, profile.videos) == (48_234, 2, 3)

    @pytest.mark.parametrize("empty", ["", None, {}, []])
    def test_an_empty_spelling_beside_a_filled_one(self, empty):
        """What is empty is passed over for another spelling of the same metric; a 0 is not empty."""
        assert profile_of(follower_count=empty, followers_count=5).followers == 5
        assert profile_of(follower_count=0, followers_count=5).followers == 0

    @pytest.mark.parametrize("code", [0.0, "", None, {}])
    def test_a_status_that_is_not_said(self, code):
        """An empty status code is passed over for the web's spelling; a whole float is whole."""
        assert parse_profile({**made_up_profile(), "status_code": code, "statusCode": 10221.0}) == Absent(
            "gone", "TikTok status 10221"
        )
        assert parse_profile({**made_up_profile(), "status_code": code}) == PROFILE

    def test_somebody_else(self):
        """A freed handle's new owner is refused, and the message names nobody: it is kept with another person."""
        with pytest.raises(UnexpectedAnswer) as caught:
            parse_profile(made_up_profile(), "7000000000000000002")
        assert str(caught.value) == "user_profile: user.uid is somebody else's, not the one that was asked for"
        assert (caught.value.field, caught.value.endpoint) == ("user.uid", "user_profile")

    def test_an_integer_uid(self):
        """A uid given as an integer keeps every digit."""
        assert parse_profile(made_up_profile(uid=7_000_000_000_000_000_001), PROFILE.user_id) == PROFILE

    @pytest.mark.parametrize("uid", [7e18, "7e18", "", "0", 0, -7, True, None, "abc", "12 ", "１２", [], 2**64])
    def test_a_uid_that_is_none(self, uid):
        """A uid that passed through a float, or is no number, is refused."""
        assert read(parse_profile, made_up_profile(uid=uid)) == "user.uid"

    @pytest.mark.parametrize(
        ("code", "reason"), [(2065, "gone"), (10221, "gone"), (2096, "private"), (10222, "private")]
    )
    @pytest.mark.parametrize("user", [None, {}, "absent"])
    @pytest.mark.parametrize("name", ["status_code", "statusCode"])
    def test_absent(self, code, reason, user, name):
        """TikTok's codes for a missing creator are data, with or without an empty user."""
        data = {name: code, "status_msg": "why"} | ({} if user == "absent" else {"user": user})
        assert parse_profile(data) == Absent(reason, f"TikTok status {code} (why)")

    @pytest.mark.parametrize(("flag", "reason"), [("user_canceled", "gone"), ("is_block", "banned")])
    def test_absent_by_flag(self, flag, reason):
        """A cancelled account is gone and a blocked one banned, whatever counts are left of it."""
        assert parse_profile(made_up_profile(**{flag: True})) == Absent(reason, f"user.{flag} is set")

    def test_private_with_counts(self):
        """A private creator whose counts are shown is measured."""
        assert profile_of(secret=1).is_private is True

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            (None, "data"),
            ([], "data"),
            ("text", "data"),
            ({}, "user"),
            ({"status_code": 0, "user": None}, "user"),
            ({"status_code": 0, "user": {}}, "user"),
            ({"user": []}, "user"),
            ({"user": [made_up_user()]}, "user"),
            ({"user": "text"}, "user"),
            ({"status_code": 5, "user": made_up_user()}, "status_code"),
            ({"status_code": "x", "user": made_up_user()}, "status_code"),
            ({"status_code": True, "user": made_up_user()}, "status_code"),
            (made_up_profile(unique_id=""), "user.unique_id"),
            (made_up_profile(unique_id=5), "user.unique_id"),
            (made_up_profile(unique_id="\n\x1b\u200b"), "user.unique_id"),
        ],
    )
    def test_malformed(self, data, field):
        """Whatever is not a profile is refused under the name of what is wrong."""
        assert read(parse_profile, data) == field

    @pytest.mark.parametrize(
        ("name", "value", "read"),
        [
            *(("sec_uid", odd, {"sec_user_id": None}) for odd in (123, 0.5, True, ["x"], {})),
            *(("nickname", odd, {"nickname": ""}) for odd in (123, 0.5, True, ["x"], {})),
            *(("signature", odd, {"signature": ""}) for odd in (123, 0.5, True, ["x"], {})),
            *(("secret", odd, {"is_private": False}) for odd in ("maybe", "", 0.5, ["x"], {})),
        ],
    )
    def test_a_nicety_of_an_odd_type(self, name, value, read):
        """Bio, nickname, sec_uid or flag of another type counts as absent: it costs no measurement."""
        assert profile_of(**{name: value}) == replace(PROFILE, **read)

    @pytest.mark.parametrize(
        ("value", "said"), [("0", False), ("1", True), ("false", False), ("True", True), (1, True)]
    )
    def test_flags_as_texts(self, value, said):
        """0/1 and true/false are flags as texts as well."""
        assert profile_of(secret=value).is_private is said
        blocked = parse_profile(made_up_profile(is_block=value))
        assert blocked == (Absent("banned", "user.is_block is set") if said else PROFILE)

    @pytest.mark.parametrize(("code", "parsed"), [("0", PROFILE), ("2065", Absent("gone", "TikTok status 2065"))])
    def test_a_code_as_text(self, code, parsed):
        """TikTok's own code may be written as digits."""
        assert parse_profile({"status_code": code, "user": made_up_user()}) == parsed

    def test_no_line_can_be_forged(self):
        """Controls and directions leave the handle, a nickname is one line, a bio keeps its lines and nothing else."""
        forged = "x\n✅ Updated: @fake 9 followers\x1b[31m\u202e\u2028\x85y"
        profile = profile_of(unique_id=forged, nickname=forged, signature=f"a\r\nb\tc\x9b{forged}")
        assert profile.handle == "x✅ Updated: @fake 9 followers[31my"
        assert profile.nickname == "x ✅ Updated: @fake 9 followers[31m\u202e y"
        assert profile.signature == "a\r\nb\tcx\n✅ Updated: @fake 9 followers[31m\u202e\u2028y"

    def test_texts(self):
        """NUL and lone surrogates leave the texts, emoji and joiners stay, length is limited."""
        profile = profile_of(nickname="a\x00b\ud800 👩‍🍳", signature="é" * 20_000, unique_id="@noodle.nook ")
        assert (profile.nickname, len(profile.signature), profile.handle) == (
            "ab 👩‍🍳",
            10_000,
            "noodle.nook",
        )

    @pytest.mark.parametrize("avatar", [None, [], {}, {"url_list": None}, {"url_list": [None, 5, "ftp://x", "a.heic"]}])
    def test_no_avatar(self, avatar):
        """A missing or unreadable avatar costs nothing but itself."""
        assert profile_of(avatar_larger=avatar).avatar_url is None


class TestVideoSearch:
    def test_whole(self):
        """A page of the search with all that we keep of a video."""
        assert parse_video_search(made_up_page(made_up_video())) == VideoPage((VIDEO,), 20, ())

    def test_recorded(self, shared):
        """The recorded answer: one whole video, one cut short, and where the next page starts."""
        data = json.loads(shared("tikhub_recorded/appv3_video_search.EXCERPT.json").read_text())
        page = parse_video_search(data)
        whole, cut = (item["aweme_info"] for item in data["search_item_list"])
        assert [whole["aweme_id"]] == [video.video_id for video in page.videos]
        assert [(cut["aweme_id"], "statistics")] == [(r.item_id, r.field) for r in page.refused]
        assert page.next_offset == data["cursor"]
        (video,) = page.videos
        assert [cover.field for cover in video.covers] == ["origin_cover", "cover"]
        assert all(".jpeg?" in url for cover in video.covers for url in cover.urls)
        assert (video.plays, video.author.followers) == (
            whole["statistics"]["play_count"],
            whole["author"]["follower_count"],
        )

    @pytest.mark.parametrize("zero", [0, None, ""])
    @pytest.mark.parametrize("parse", [parse_video_search, parse_hashtag_videos])
    def test_recorded_stubs(self, shared, parse, zero):
        """Recorded stubs have 0 hearts and 0 videos beside real followers: never read; 0 followers beside the recorded plays
        are not given, whatever list the video stands in."""
        data = json.loads(shared("tikhub_recorded/appv3_video_search.EXCERPT.json").read_text())
        (whole, _) = (item["aweme_info"] for item in data["search_item_list"])
        stub = whole["author"]
        assert (stub["total_favorited"], stub["aweme_count"], "signature" in stub) == (0, 0, False)
        stub["follower_count"] = zero
        (video,) = parse({"aweme_list": [whole], "has_more": 0}).videos
        assert (video.author.user_id, video.author.handle) == (stub["uid"], stub["unique_id"])
        assert (video.plays, video.author.followers) == (whole["statistics"]["play_count"], None)

    @pytest.mark.parametrize(
        "page",
        [
            {"data": [{"type": 1, "aweme_info": made_up_video()}]},
            {"data": [made_up_video()]},
            {"search_item_list": [], "data": None, "aweme_list": [made_up_video()]},
            {"search_item_list": None, "aweme_list": [made_up_video()]},
            {"aweme_list": [], "search_item_list": [{"aweme_info": made_up_video()}]},
            {"search_item_list": [{"aweme_info": made_up_video()}], "aweme_list": [made_up_video(2)]},
            {"data": {}, "aweme_list": [made_up_video()]},
            {"search_item_list": "", "data": {}, "aweme_list": [made_up_video()]},
            {"search_item_list": {}, "data": [made_up_video()]},
            {"data": {"extra": 1}, "aweme_list": [made_up_video()]},
            {"aweme_list": [{"aweme_info": {}, **made_up_video()}]},
            {"aweme_list": [{"aweme_info": None, **made_up_video()}]},
        ],
    )
    def test_shapes(self, page):
        """The first list that is not empty holds the videos, in today's and in older shapes; what is empty is passed over."""
        assert parse_video_search(page) == VideoPage((VIDEO,), None, ())

    @pytest.mark.parametrize(
        ("has_more", "cursor", "next_offset"),
        [
            (1, 20, 20), (True, "40", 40), (0, 20, None), (False, 20, None), (None, 20, None),
            (1, None, None), (0, "nonsense", None), (1, 0, 0), ("1", 20, 20), ("0", 20, None), ("true", 20, 20),
            (1.0, 20.0, 20), (0.0, 20, None), ("", 20, None), (1, "", None),
        ],
    )  # fmt: skip
    def test_next_page(self, has_more, cursor, next_offset):
        """There is a next page when both has_more and cursor say so."""
        page = parse_video_search(made_up_page(has_more=has_more, cursor=cursor))
        assert page == VideoPage((), next_offset, ())

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            (None, "data"),
            ([made_up_video()], "data"),
            ({}, "search_item_list"),
            ({"search_item_list": None}, "search_item_list"),
            ({"search_item_list": None, "has_more": 1}, "search_item_list"),
            ({"search_item_list": {}}, "search_item_list"),
            ({"data": {}}, "data"),
            ({"data": {"extra": 1}}, "data"),
            ({"search_item_list": [], "data": {"extra": 1}}, "data"),
            ({"search_item_list": [], "aweme_list": "x"}, "aweme_list"),
            (made_up_page(status_code=2065), "status_code"),
            (made_up_page(has_more="yes"), "has_more"),
            (made_up_page(has_more=2), "has_more"),
            (made_up_page(has_more=0.5), "has_more"),
            (made_up_page(cursor=-1), "cursor"),
            (made_up_page(cursor=1.5), "cursor"),
            (made_up_page(cursor="next"), "cursor"),
            (made_up_page(cursor=[20]), "cursor"),
            (made_up_page(cursor=True), "cursor"),
        ],
    )
    def test_malformed_page(self, data, field):
        """A page that is none is refused as a whole, naming what is wrong."""
        assert read(parse_video_search, data) == field

    @pytest.mark.parametrize("nothing", [None, {}, ""])
    def test_null_as_an_empty_last_page(self, nothing):
        """A null list, or an empty object in its place, with an explicit "no more" is an empty last page."""
        assert parse_video_search({"search_item_list": nothing, "has_more": 0}) == VideoPage((), None, ())

    @pytest.mark.parametrize(
        ("video", "item_id", "field"),
        [
            (made_up_video(statistics={}), "7100000000000000001", "statistics.play_count"),
            (made_up_video(statistics={"play_count": "6M"}), "7100000000000000001", "statistics.play_count"),
            (made_up_video(statistics=None), "7100000000000000001", "statistics"),
            (made_up_video(aweme_id=7.1e18), None, "aweme_id"),
            (made_up_video(aweme_id=None), None, "aweme_id"),
            (made_up_video(author=None), "7100000000000000001", "author"),
            (made_up_video(author=[]), "7100000000000000001", "author"),
            (
                made_up_video(author={"unique_id": "x"}, author_user_id=None),
                "7100000000000000001",
                "author.uid",
            ),
            (made_up_video(author={"uid": "7", "unique_id": 5}), "7100000000000000001", "author.unique_id"),
            (made_up_video(author={"uid": "7", "unique_id": 0}), "7100000000000000001", "author.unique_id"),
            (
                made_up_video(statistics={"play_count": 0, "digg_count": 1_000}),
                "7100000000000000001",
                "statistics.play_count",
            ),
            (made_up_video(statistics={"play_count": ""}), "7100000000000000001", "statistics.play_count"),
            (
                made_up_video(author={"uid": "7", "unique_id": "x", "follower_count": "12.3K"}),
                "7100000000000000001",
                "author.follower_count",
            ),
            (made_up_video(desc=5), "7100000000000000001", "desc"),
            (made_up_video(video=[1]), "7100000000000000001", "video"),
            (None, None, "aweme_info"),
        ],
    )
    def test_a_bad_video_costs_only_itself(self, video, item_id, field):
        """A bad item is refused with its id, field and reason; its neighbours are kept."""
        page = parse_video_search(made_up_page(made_up_video(), video, made_up_video(2)))
        assert [kept.video_id for kept in page.videos] == ["7100000000000000001", "7100000000000000002"]
        (refusal,) = page.refused
        assert (item_id, field) == (refusal.item_id, refusal.field)
        assert field in refusal.reason

    def test_an_item_that_is_no_object(self):
        """An item of another kind is refused under its place in the list."""
        page = parse_video_search(made_up_page(search_item_list=[5, made_up_video()]))
        assert page.refused == (Refusal(None, "search_item_list[0]", "search_item_list[0] is 5, expected an object"),)

    @pytest.mark.parametrize(
        "card",
        [
            {"type": 6, "lives": {"room_id": 5}},
            {"type": 4, "user_list": [{"user_info": {"uid": "7"}}]},
            {"aweme_info": {"is_ads": True, "author": None}},
            {"aweme_info": made_up_video(author=None)},
            {"aweme_info": None},
            {},
            None,
        ],
    )
    def test_a_page_of_which_nothing_can_be_read(self, card):
        """A page of one card is refusals alone, with its way on: what that means for the search is not the page's to say."""
        page = parse_video_search(made_up_page(search_item_list=[card]))
        assert (page.videos, page.next_offset, len(page.refused)) == ((), 20, 1)

    @pytest.mark.parametrize(
        ("stub", "plays", "followers"),
        [
            (0, 60_000, None), ("0", 60_000, None), (0.0, 60_000, None), (0, 1_000, None), (0, 999, 0), (0, 0, 0),
            (None, 60_000, None), ("", 60_000, None), ("", 0, None), (1, 60_000, 1), (48_234, 0, 48_234), (2e4, 60_000, 20_000),
        ],
    )  # fmt: skip
    def test_a_zero_is_not_always_a_number(self, stub, plays, followers):
        """No followers beside plays in the thousands are not given; beside few plays they are a count."""
        video = made_up_video(statistics={"play_count": plays, "digg_count": 9})
        video["author"]["follower_count"] = stub
        (kept,) = parse_video_search(made_up_page(video)).videos
        assert (kept.author.followers, kept.plays) == (followers, plays)

    def test_another_spelling_in_a_stub(self):
        """A zero is passed over for the other spelling of the same metric; hearts and videos of a stub are never read."""
        video = made_up_video()
        video["author"] |= {"follower_count": 0, "followers_count": 12_345, "total_favorited": "?", "aweme_count": None}
        (kept,) = parse_video_search(made_up_page(video)).videos
        assert kept.author.followers == 12_345

    def test_zero_plays_with_few_likes(self):
        """A video just posted has no plays yet: that is a count."""
        video = made_up_video(statistics={"play_count": 0, "digg_count": 999})
        assert [kept.plays for kept in parse_video_search(made_up_page(video)).videos] == [0]

    @pytest.mark.parametrize("value", ["soon", -1, 10**15, 1.5, [], True])
    def test_a_nicety_of_an_odd_type(self, value):
        """When it was posted and how long it is are nice to know: what is no moment or length costs no video."""
        video = {**made_up_video()["video"], "duration": -1 if value == 10**15 else value}
        (kept,) = parse_video_search(made_up_page(made_up_video(create_time=value, video=video))).videos
        assert kept == replace(VIDEO, posted_at=None, duration_ms=None)

    @pytest.mark.parametrize("uid", ["", None, 0, "0", {}])
    def test_a_stub_without_a_uid(self, uid):
        """author_user_id stands in for a uid that is empty or 0."""
        video = made_up_video()
        video["author"]["uid"] = uid
        (kept,) = parse_video_search(made_up_page(video)).videos
        assert kept.author.user_id == VIDEO.author.user_id

    @pytest.mark.parametrize("nothing", ["", None, {}])
    def test_a_stub_of_empty_texts(self, nothing):
        """Handle, name and sec_uid that are empty are not given: the profile has them. Nothing is lost by it."""
        video = made_up_video()
        video["author"] |= {"unique_id": nothing, "nickname": nothing, "sec_uid": nothing, "secret": nothing}
        (kept,) = parse_video_search(made_up_page(video)).videos
        assert kept.author == Author("7000000000000000001", None, "", "", 48_234, False, False)

    def test_moments_and_lengths_of_nothing(self):
        """A time or a length of 0 is not given."""
        video = made_up_video(create_time=0)
        video["video"]["duration"] = 0
        (kept,) = parse_video_search(made_up_page(video)).videos
        assert (kept.posted_at, kept.duration_ms) == (None, None)

    def test_what_a_stub_does_not_say(self):
        """A stub without follower count leaves it open; author_user_id stands in for a missing uid."""
        stub = {"unique_id": "x", "secret": 1, "user_canceled": True}
        (video,) = parse_video_search(made_up_page(made_up_video(author=stub))).videos
        assert video.author == Author("7000000000000000001", None, "x", "", None, True, True)

    @pytest.mark.parametrize("video", [None, {}, {"cover": None, "origin_cover": {"url_list": []}}, {"cover": []}])
    def test_no_cover(self, video):
        """A video without a cover is a video all the same."""
        (kept,) = parse_video_search(made_up_page(made_up_video(video=video))).videos
        assert (kept.covers, kept.duration_ms) == ((), None)

    def test_order_of_cover_addresses(self):
        """JPEG, WebP, PNG, then what is unknown; HEIC and AVIF are dropped; the query does not count."""
        urls = ["https://h/a~x.image?n=.jpeg", "https://h/a.heic?.jpg", "https://h/a.png", "https://h/a.avif",
                "https://h/v1.2/a", "https://h/a:q75.webp", "https://h/b.JPEG#x", "https://h/a.jpg?s=a%2Bb%3D",
                "https://h/a.png", "file:///etc/a.jpg", "https://h/a b.jpg", 5, None]  # fmt: skip
        (video,) = parse_video_search(made_up_page(made_up_video(video={"cover": {"url_list": urls}}))).videos
        assert video.covers == (
            Cover(
                "cover",
                ("https://h/b.JPEG#x", "https://h/a.jpg?s=a%2Bb%3D", "https://h/a:q75.webp",
                 "https://h/a.png", "https://h/a~x.image?n=.jpeg"),
            ),
        )  # fmt: skip

    def test_endless_addresses(self):
        """Of a picture under 20,000 addresses the best five of the first fifty are kept."""
        urls = [f"https://h/{number}.{'jpeg' if number > 40 else 'png'}" for number in range(20_000)]
        (video,) = parse_video_search(made_up_page(made_up_video(video={"cover": {"url_list": urls}}))).videos
        assert video.covers == (Cover("cover", tuple(f"https://h/{number}.jpeg" for number in range(41, 46))),)


class TestOthers:
    def test_trending_words(self):
        """Words in their order, spaces collapsed; unreadable entries leave a hole in the ranks."""
        words = ["Ramen  Trend ", None, "", "麺\x00", 5]
        data = {"trending_search_words": [{"trendingSearchWord": word} for word in words] + [None, "text"]}
        assert parse_trending_words(data) == (Trend("Ramen Trend", 1), Trend("麺", 4))

    def test_recorded_trending_words(self, shared):
        """The recorded list is read to the last word."""
        data = json.loads(shared("tikhub_recorded/web_trending_searchwords.json").read_text())
        assert list(range(1, 99)) == [trend.rank for trend in parse_trending_words(data)]

    def test_no_trending_words(self):
        """An empty list is empty; whether a day may go on with it is not the parser's to say."""
        assert parse_trending_words({"trending_search_words": []}) == ()

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            (None, "data"),
            ({}, "trending_search_words"),
            ({"trending_search_words": {}}, "trending_search_words"),
            ({"trending_search_words": [{}]}, "trending_search_words[0].trendingSearchWord"),
            ({"status_code": 8, "trending_search_words": []}, "status_code"),
        ],
    )
    def test_malformed_trending_words(self, data, field):
        """Anything but a list with a readable word is refused."""
        assert read(parse_trending_words, data) == field

    def test_hashtag_videos(self):
        """A hashtag's page holds plain videos and pages by cursor."""
        data = {"status_code": 0, "aweme_list": [made_up_video()], "has_more": 1, "cursor": 10}
        assert parse_hashtag_videos(data) == VideoPage((VIDEO,), 10, ())
        assert read(parse_hashtag_videos, {"search_item_list": []}) == "aweme_list"

    def test_hashtag_search(self):
        """Hashtags with their ids; one without a name is refused alone."""
        infos = [
            {"cid": 77, "cha_name": "ramen", "view_count": 5},
            {"cid": "78"},
            {"cid": "79", "cha_name": "noodle", "view_count": "1.2M"},
        ]
        data = {"challenge_list": [{"challenge_info": info} for info in infos], "has_more": 1, "cursor": 20}
        expected = ChallengePage(
            (Challenge("77", "ramen", 5), Challenge("79", "noodle", None)),
            20,
            (Refusal("78", "cha_name", "cha_name is missing or null, expected the hashtag's name"),),
        )
        assert parse_hashtag_search(data) == expected
        assert read(parse_hashtag_search, {"challenge_list": [{"challenge_info": {"cid": "78"}}]}) == "challenge_list"


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PAGE_KEYS = (
    "status_code",
    "search_item_list",
    "data",
    "aweme_list",
    "has_more",
    "cursor",
    "challenge_list",
    "items",
    "BaseResp",
    "user_list",
    "users",
)
PAGES = st.fixed_dictionaries({}, optional=dict.fromkeys((*PAGE_KEYS, "user", "trending_search_words"), ANY_JSON))
VIDEOS = st.fixed_dictionaries(
    {}, optional={name: ANY_JSON | st.just(made_up_video()[name]) for name in made_up_video()}
)


@pytest.mark.parametrize(
    "parse",
    [
        parse_profile,
        parse_video_search,
        parse_hashtag_videos,
        parse_hashtag_search,
        parse_trending_words,
        parse_trending_hashtags,
        parse_user_search,
        parse_user_videos,
        parse_similar_users,
    ],
)
@examples(80)
@given(data=ANY_JSON | PAGES)
def test_arbitrary_json_raises_nothing_else(parse, data):
    """Whatever JSON comes, a parser returns or raises UnexpectedAnswer."""
    with contextlib.suppress(UnexpectedAnswer):
        parse(data)


@examples(100)
@given(videos=st.lists(VIDEOS | ANY_JSON, min_size=1, max_size=4))
def test_arbitrary_videos_are_kept_or_refused(videos):
    """Beside one that is a video, every item of a page is a video or a refusal: never lost and never an exception."""
    page = parse_video_search(made_up_page(made_up_video(), *videos))
    assert len(videos) + 1 == len(page.videos) + len(page.refused)


COUNT = st.integers(0, 2**63 - 1)
NOT_A_COUNT = ANY_JSON.filter(
    lambda value: (
        not (isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 2**63 and value % 1 == 0)
        and not (isinstance(value, str) and value.isascii() and value.isdigit())
    )
)


@examples(100)
@given(followers=COUNT, hearts=COUNT.map(str), videos=COUNT)
def test_counts_are_kept_exactly(followers, hearts, videos):
    """Every count up to 2^63-1 comes out as it went in."""
    profile = profile_of(follower_count=followers, total_favorited=hearts, aweme_count=videos)
    assert (profile.followers, str(profile.hearts), profile.videos) == (followers, hearts, videos)


@examples(100)
@given(name=st.sampled_from(["follower_count", "total_favorited", "aweme_count"]), value=NOT_A_COUNT)
def test_one_field_of_nonsense_is_named(name, value):
    """A valid profile with one count replaced by nonsense is refused, naming that count."""
    assert read(parse_profile, made_up_profile(**{name: value})) == f"user.{name}"


@pytest.mark.parametrize(
    ("url", "until"),
    [
        ("https://v16.tiktokcdn.com/video/tos/x/?a=1&x-expires=1790000000&s=%2B", 1_790_000_000),
        ("https://v16m.tiktokcdn.com/0123456789abcdef0123456789abcdef/6ab15e80/video/tos/x/?a=1", 0x6AB15E80),
        ("https://v16.tiktokcdn.com/video/tos/x/?a=1", None),
        ("https://v16.tiktokcdn.com/video/?expire=soon", None),
        ("https://v16.tiktokcdn.com/video/?expire=999999999999", None),
    ],
)
def test_a_play_address_is_kept_with_its_end(url, until):
    """The first address of the media, to the letter, and when it ends, as far as it says so."""
    video = dict(made_up_video()["video"], play_addr={"url_list": ["ftp://x", url, "https://b.example/2"]})
    (found,) = parse_video_search(made_up_page(made_up_video(video=video))).videos
    assert found.play_url == url
    assert found.play_until == (datetime.fromtimestamp(until, UTC) if until else None)


@pytest.mark.parametrize("odd", [None, "x", [], {"url_list": "x"}, {"url_list": [7, None, "javascript:alert(1)"]}])
def test_an_odd_play_address_is_none(odd):
    """Whatever stands there, the video is read, without an address."""
    video = dict(made_up_video()["video"], play_addr=odd)
    (found,) = parse_video_search(made_up_page(made_up_video(video=video))).videos
    assert (found.play_url, found.play_until, found.is_photo) == (None, None, False)


def test_a_slideshow_says_so():
    """An answer with pictures in place of a video is a photo post."""
    (found,) = parse_video_search(made_up_page(made_up_video(image_post_info={"images": []}))).videos
    assert found.is_photo


def only_video(**changes):
    (video,) = parse_video_search(made_up_page(made_up_video(**changes))).videos
    return video


@pytest.mark.parametrize(
    ("statistics", "reactions"),
    [
        ({"digg_count": "7", "comment_count": 0, "share_count": 2.0, "collect_count": 3}, (7, 0, 2, 3)),
        ({}, (None, None, None, None)),
        ({"digg_count": None, "comment_count": "", "share_count": "1K", "collect_count": -1}, (None, None, None, None)),
        ({"digg_count": 0, "comment_count": 0, "share_count": 0, "collect_count": 4}, (None, None, None, 4)),
        ({"digg_count": 0, "play_count": 999, "comment_count": 0}, (0, 0, None, None)),
    ],
)
def test_reactions(statistics, reactions):
    """Counts, or nothing; no like beside plays in the thousands says nothing, and neither do the zeros beside it."""
    video = only_video(statistics={"play_count": 60_001, **statistics})
    assert (video.likes, video.comments, video.shares, video.saves) == reactions


@pytest.mark.parametrize(
    ("extras", "hashtags"),
    [
        (None, None),
        ("x", None),
        ([], ()),
        (
            [
                {"hashtag_name": "Ramen"},
                {"hashtag_name": ""},
                {"user_id": "1"},
                7,
                {"hashtag_name": "ramen"},
                {"hashtag_name": "a\nb"},
            ],
            ("Ramen", "a b"),
        ),
        ([{"hashtag_name": f"t{number}"} for number in range(500)], tuple(f"t{number}" for number in range(100))),
    ],
)
def test_hashtags(extras, hashtags):
    """Each once, as it is first spelled, at most a hundred; people mentioned are none."""
    assert only_video(text_extra=extras).hashtags == hashtags


@pytest.mark.parametrize(
    ("code", "language"), [("en", "en"), ("PT-br", "pt-br"), ("un", None), ("", None), (7, None), ("<script>", None)]
)
def test_language(code, language):
    """A code of a language in small letters; "un" is TikTok's word for not known."""
    assert only_video(desc_language=code).language == language


@pytest.mark.parametrize(
    ("music", "read_as"),
    [
        ({"mid": "72", "title": " song "}, ("72", "song")),
        ({"id_str": "", "id": 73, "title": 5}, ("73", None)),
        (None, (None, None)),
        ([], (None, None)),
    ],
)
def test_music(music, read_as):
    """Id and title, as far as they are given."""
    video = only_video(music=music)
    assert (video.music_id, video.music_title) == read_as


def test_recorded_numbers_of_a_video(shared):
    """The recorded answer's likes, comments, shares, saves, hashtags and language are read as they stand there."""
    data = json.loads(shared("tikhub_recorded/appv3_video_search.EXCERPT.json").read_text())
    whole = data["search_item_list"][0]["aweme_info"]
    counted = whole["statistics"]
    (video,) = parse_video_search({"search_item_list": [{"aweme_info": whole}]}).videos
    assert [video.likes, video.comments, video.shares, video.saves] == [
        counted[f"{name}_count"] for name in ("digg", "comment", "share", "collect")
    ]
    assert list(video.hashtags) == [extra["hashtag_name"] for extra in whole["text_extra"]]
    assert video.language == whole["desc_language"]


def test_contact_fields_of_a_profile():
    """Those that say something, in one order, each in a line; what is no text is left out."""
    profile = profile_of(ins_id=" some.one ", category="Food\n& more", bio_url="", youtube_channel_id=7, bio_email=None)
    assert profile.contact_fields == (("category", "Food & more"), ("ins_id", "some.one"))


class TestTrendingHashtags:
    def test_recorded(self, shared):
        """Of the recorded list every hashtag is read in its order, and every handle it names; no count of anybody's."""
        data = json.loads(shared("tikhub_recorded/ads_trends_hashtag_list.json").read_text())
        hashtags = parse_trending_hashtags(data)
        assert [hashtag.name for hashtag in hashtags] == [item["hashtagName"] for item in data["items"]]
        assert [hashtag.rank for hashtag in hashtags] == list(range(1, len(data["items"]) + 1))
        assert [[(top.handle, top.user_id) for top in hashtag.top_creators] for hashtag in hashtags] == [
            [(top["handleName"], top["ttUID"]) for top in item["topCreators"]] for item in data["items"]
        ]
        assert not {str(top["followedCnt"]) for item in data["items"] for top in item["topCreators"]} & set(
            str(hashtags).replace(",", " ").split()
        )

    def test_items(self):
        """What has no name is left out with a hole in the ranks; `#` and line ends go; odd creators cost nothing."""
        data = {
            "items": [
                {"hashtagName": "#ramen\n", "topCreators": [{"handleName": "@noodle.nook", "ttUID": 7}, {}, None, 3]},
                {"hashtagName": " "},
                "ramen",
                {"hashtagName": "owls", "topCreators": {"handleName": "x"}},
                {"hashtagName": "tea", "topCreators": [{"handleName": "\u202e ", "ttUID": "1"}, {"ttUID": "7"}]},
            ]
        }
        assert parse_trending_hashtags(data) == (
            TrendingHashtag("ramen", 1, (TopCreator("noodle.nook", "7"),)),
            TrendingHashtag("owls", 4),
            TrendingHashtag("tea", 5),
        )

    def test_empty(self):
        """An empty list is no hashtag; who asks decides what that means."""
        assert parse_trending_hashtags({"items": [], "pagination": {"totalCount": 0}}) == ()

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            ({}, "items"),
            ({"items": None}, "items"),
            ({"items": {"1": {}}}, "items"),
            ({"items": [{"hashtag_name": "ramen"}]}, "items[0].hashtagName"),
            ({"items": [], "BaseResp": {"StatusCode": 1, "StatusMessage": "no"}}, "BaseResp.StatusCode"),
            ({"items": [], "BaseResp": {"StatusCode": "x"}}, "BaseResp.StatusCode"),
            ({"items": [], "status_code": 5}, "status_code"),
            ([], "data"),
            (None, "data"),
        ],
    )
    def test_another_shape(self, data, field):
        """Each shape that is no list of hashtags is refused by the field that is wrong."""
        assert read(parse_trending_hashtags, data) == field


class TestUserSearch:
    ASKED = VIDEO.author

    def person(self, **changes):
        """Somebody as a user search gives them, changed."""
        return {"user_info": {**made_up_video()["author"], **changes}}

    def test_page(self):
        """Everybody as an author, where the next page begins, and who could not be read."""
        data = {"user_list": [self.person(), self.person(uid="x"), {"user_info": None}], "has_more": 1, "cursor": 20}
        page = parse_user_search(data)
        assert (page.users, page.next_offset) == ((self.ASKED,), 20)
        assert [refusal.field for refusal in page.refused] == ["author.uid", "user_info"]

    @pytest.mark.parametrize("given", [0, "0", "", None])
    def test_a_number_that_is_not_given(self, given):
        """In a search for people a 0 says nothing, as null and "" do; a number is one."""
        (user,) = parse_user_search({"user_list": [self.person(follower_count=given)]}).users
        assert user.followers is None
        (user,) = parse_user_search({"user_list": [self.person(follower_count="48234")]}).users
        assert user.followers == 48_234

    def test_nobody(self):
        """An empty list is nobody, and no error."""
        assert parse_user_search({"user_list": [], "has_more": 0}) == UserPage((), None)

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            ({}, "user_list"),
            ({"user_list": {"1": {}}}, "user_list"),
            ({"users": [{}]}, "user_list"),
            ({"user_list": [{"user_info": {"uid": "x"}}]}, "user_list"),
            ({"user_list": [], "status_code": 3}, "status_code"),
            (None, "data"),
        ],
    )
    def test_another_shape(self, data, field):
        """Each shape that is no list of people is refused by the field that is wrong."""
        assert read(parse_user_search, data) == field


class TestUserVideos:
    def test_own(self):
        """A creator's videos; those of somebody else, as a list of reposts has them, are left out."""
        other = {**made_up_video(), "author": {**made_up_video()["author"], "uid": "7000000000000000009"}}
        data = {"aweme_list": [made_up_video(), {**other, "aweme_id": "7100000000000000009"}, {"aweme_id": "5"}]}
        page = parse_user_videos(data, VIDEO.author.user_id)
        assert isinstance(page, VideoPage)
        assert [video.video_id for video in page.videos] == [VIDEO.video_id]
        assert [refusal.item_id for refusal in page.refused] == ["5"]

    def test_absent(self):
        """TikTok's codes for who is gone or hidden are data."""
        assert parse_user_videos({"status_code": 2096, "aweme_list": []}) == Absent("private", "TikTok status 2096")

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            ({}, "aweme_list"),
            ({"aweme_list": "none"}, "aweme_list"),
            ({"aweme_list": [{"aweme_id": "5"}]}, "aweme_list"),
            ({"aweme_list": [made_up_video()]}, "author.uid"),
            ({"status_code": 9, "aweme_list": []}, "status_code"),
        ],
    )
    def test_another_shape(self, data, field):
        """No list, nothing in it that can be read, or nothing by whom was asked for: refused by the field."""
        assert read(lambda given: parse_user_videos(given, "7000000000000000008"), data) == field


class TestSimilarUsers:
    @pytest.mark.parametrize("name", ["users", "user_list"])
    @pytest.mark.parametrize("wrapped", [True, False])
    def test_people(self, name, wrapped):
        """Under either name, plain or wrapped, people are authors; a 0 is no number of followers, and a token is not followed."""
        stub = {**made_up_video()["author"], "follower_count": 0}
        page = parse_similar_users({name: [{"user_info": stub} if wrapped else stub, {}], "next_page_token": "x"})
        assert isinstance(page, UserPage)
        assert page.users == (replace(VIDEO.author, followers=None),)
        assert (len(page.refused), page.next_offset) == (1, None)

    def test_nobody(self):
        """An empty list is nobody; who was asked about being gone is data too."""
        assert parse_similar_users({"users": []}) == UserPage((), None)
        assert parse_similar_users({"status_code": 2065, "users": []}) == Absent("gone", "TikTok status 2065")

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            ({}, "users"),
            ({"recommendations": [{}]}, "users"),
            ({"users": "none"}, "users"),
            ({"users": [{"uid": "x"}]}, "users"),
            ({"users": [], "status_code": 8}, "status_code"),
            ([], "data"),
        ],
    )
    def test_another_shape(self, data, field):
        """Each shape that is no list of people is refused by the field that is wrong."""
        assert read(parse_similar_users, data) == field

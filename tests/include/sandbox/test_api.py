"""The sandbox keeps TikHub's contract over HTTP: key, envelope, errors, paging, money, rate, images, clock."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
import requests

SEARCH = "/api/v1/tiktok/app/v3/fetch_video_search_result"
PROFILE = "/api/v1/tiktok/app/v3/handler_user_profile"
WORDS = "/api/v1/tiktok/web/fetch_trending_searchwords"
HASHTAGS = "/api/v1/tiktok/app/v3/fetch_hashtag_search_result"
HASHTAG = "/api/v1/tiktok/app/v3/fetch_hashtag_video_list"
USERS = "/api/v1/tiktok/app/v3/fetch_user_search_result"
POSTS = "/api/v1/tiktok/app/v3/fetch_user_post_videos"
ACCOUNT = "/api/v1/tikhub/user/get_user_info"
NOW = datetime(2026, 11, 21, 2, 0, 0, tzinfo=UTC)


def _one(sandbox, **wanted):
    """The first creator of the day of whom all this is true."""
    truth = sandbox.truth(NOW.date())
    return next(c for c in truth if all(c[name] == value for name, value in wanted.items()))


def _plain(sandbox):
    return _one(sandbox, answers="active", refuses_sec_user_id=False, refuses_user_id=False)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [({}, str), ({"Authorization": "Bearer wrong"}, dict), ({"Authorization": "sandbox-key"}, dict)],
)
def test_a_bad_key_is_a_401(sandbox, headers, kind):
    """No key gives a plain string under detail, a wrong one an object; neither is billed."""
    answer = requests.get(sandbox.url + WORDS, headers=headers, timeout=10)
    assert (401, kind, 0) == (
        answer.status_code,
        type(answer.json()["detail"]),
        sandbox.account()["billed_today"],
    )


def test_health_is_free_and_open(sandbox):
    """The health check needs no key."""
    answer = requests.get(f"{sandbox.url}/api/v1/health/check", timeout=10)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_the_envelope_is_whole(sandbox):
    """A success carries every field of the envelope; params are strings, time is Los Angeles local."""
    sandbox.set_clock(NOW, frozen=True)
    envelope = sandbox.get(SEARCH, keyword="ramen", count=5, unknown=1).json()
    fields = "code request_id message message_zh support time time_stamp time_zone docs cache_message cache_message_zh"
    assert [*fields.split(), "cache_url", "router", "params", "data"] == list(envelope)
    assert envelope["params"] == {"keyword": "ramen", "count": "5", "unknown": "1"}
    assert tuple(envelope[name] for name in ("time", "time_stamp", "time_zone")) == (
        "2026-11-20 18:00:00",
        1795226400,
        "America/Los_Angeles",
    )


def test_an_unknown_path_is_a_404_with_a_string(sandbox):
    """A dropped endpoint answers like the vendor's framework, free of charge."""
    answer = sandbox.get("/api/v1/tiktok/app/v3/fetch_nothing")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


@pytest.mark.parametrize(
    ("params", "loc"), [({}, ["query", "keyword"]), ({"keyword": "a", "offset": "x"}, ["query", "offset"])]
)
def test_bad_parameters_are_a_422_with_a_list(sandbox, params, loc):
    """A missing or unreadable parameter is named in a list under detail."""
    answer = sandbox.get(SEARCH, **params)
    assert (422, [loc]) == (answer.status_code, [error["loc"] for error in answer.json()["detail"]])
    assert {"type", "loc", "msg", "input"} == set(answer.json()["detail"][0])


def test_video_search_pages_by_offset(sandbox):
    """The next page begins at data.cursor; the parameter `cursor` is ignored, and page 1 is paid again."""
    sandbox.set_clock(NOW, frozen=True)
    first = sandbox.get(SEARCH, keyword="ramen").json()["data"]
    wrong = sandbox.get(SEARCH, keyword="ramen", cursor=20).json()["data"]
    second = sandbox.get(SEARCH, keyword="ramen", offset=first["cursor"]).json()["data"]
    ids = [[item["aweme_info"]["aweme_id"] for item in page["search_item_list"]] for page in (first, wrong, second)]
    assert (first["cursor"], first["has_more"], first["aweme_list"]) == (20, 1, [])
    assert ids[0] == ids[1]
    assert ids[0] != ids[2]
    assert sandbox.account()["billed_today"] == 3


def test_a_search_stub_has_followers_and_no_other_count(sandbox):
    """The author of a found video has real followers, zero hearts and videos, and no bio."""
    sandbox.set_clock(NOW)
    item = sandbox.get(SEARCH, keyword="ramen").json()["data"]["search_item_list"][0]["aweme_info"]
    author = item["author"]
    truth = _one(sandbox, user_id=author["uid"])
    assert (truth["followers"], 0, 0) == (
        author["follower_count"],
        author["total_favorited"],
        author["aweme_count"],
    )
    assert "signature" not in author
    assert int(author["uid"]) == item["author_user_id"]
    assert len(json.dumps(item)) > 6_000


@pytest.mark.parametrize(("kind", "field"), [("sec_user_id",) * 2, ("user_id",) * 2, ("unique_id", "handle")])
def test_a_profile_is_found_by_each_id(sandbox, kind, field):
    """Each of the three ids leads to the same exact counts."""
    sandbox.set_clock(NOW)
    truth = _plain(sandbox)
    user = sandbox.get(PROFILE, **{kind: truth[field]}).json()["data"]["user"]
    names = (
        "uid",
        "sec_uid",
        "unique_id",
        "nickname",
        "signature",
        "follower_count",
        "total_favorited",
        "aweme_count",
    )
    wanted = ("user_id", "sec_user_id", "handle", "nickname", "bio", "followers", "hearts", "videos")
    assert [truth[name] for name in wanted] == [user[name] for name in names]


def test_unknown_and_vanished_creators_are_200_with_a_code(sandbox):
    """Nobody, gone and hidden creators are billed 200s with TikTok's own status code and no user."""
    sandbox.set_clock(NOW)
    gone, hidden = _one(sandbox, answers="gone"), _one(sandbox, answers="hidden")
    answers = [
        sandbox.get(PROFILE, user_id="1" * 19).json()["data"],
        sandbox.get(PROFILE, unique_id="nobody.has.this").json()["data"],
        sandbox.get(PROFILE, unique_id=gone["handle"]).json()["data"],
        sandbox.get(PROFILE, unique_id=hidden["handle"]).json()["data"],
    ]
    assert [data["status_code"] for data in answers] == [2065, 2065, 2065, 2096]
    assert [not data["user"] for data in answers] == [True] * 4
    assert sandbox.account()["billed_today"] == 4


def test_some_vanished_creators_are_a_404(sandbox):
    """A missing creator is an unbilled 404; a private one still shows counts, marked secret."""
    days = [NOW + timedelta(days=offset) for offset in range(22)]
    day, missing = next((d, c) for d in days for c in sandbox.truth(d.date()) if c["answers"] == "missing")
    sandbox.set_clock(day)
    private = next(c for c in sandbox.truth(day.date()) if c["answers"] == "private")
    user = sandbox.get(PROFILE, unique_id=private["handle"]).json()["data"]["user"]
    assert sandbox.get(PROFILE, unique_id=missing["handle"]).status_code == 404
    assert (1, private["followers"]) == (user["secret"], user["follower_count"])


def test_some_look_ups_by_sec_user_id_always_fail(sandbox):
    """For some creators one id answers 400 every time, and the next id works."""
    sandbox.set_clock(NOW)
    truth = _one(sandbox, answers="active", refuses_sec_user_id=True, refuses_user_id=False)
    statuses = [sandbox.get(PROFILE, sec_user_id=truth["sec_user_id"]).status_code for _ in range(3)]
    assert statuses == [400, 400, 400]
    assert sandbox.get(PROFILE, user_id=truth["user_id"]).status_code == 200


def test_a_hashtag_is_found_then_paged_by_cursor(sandbox):
    """The exact hashtag is among the found; its videos come plain, by cursor."""
    found = sandbox.get(HASHTAGS, keyword="slow living").json()["data"]["challenge_list"]
    exact = next(c["challenge_info"] for c in found if c["challenge_info"]["cha_name"] == "slowliving")
    first = sandbox.get(HASHTAG, ch_id=exact["cid"]).json()["data"]
    second = sandbox.get(HASHTAG, ch_id=exact["cid"], cursor=first["cursor"]).json()["data"]
    assert (len(first["aweme_list"]), first["cursor"], second["cursor"]) == (10, 10, 20)
    assert first["aweme_list"][-1]["aweme_id"] != second["aweme_list"][-1]["aweme_id"]


def test_a_creators_videos_page_by_time(sandbox):
    """fetch_user_post_videos goes back in time, newest first, without repeats."""
    sandbox.set_clock(NOW)
    truth = _plain(sandbox)
    first = sandbox.get(POSTS, sec_user_id=truth["sec_user_id"], count=5).json()["data"]
    second = sandbox.get(POSTS, sec_user_id=truth["sec_user_id"], count=5, max_cursor=first["max_cursor"]).json()[
        "data"
    ]
    times = [video["create_time"] for page in (first, second) for video in page["aweme_list"]]
    assert len(times) == 10
    assert sorted(times, reverse=True) == times


def test_trending_hashtags_are_a_post(sandbox):
    """The ads endpoint takes JSON and names the top creators of each hashtag."""
    answer = requests.post(
        f"{sandbox.url}/api/v1/tiktok/ads/get_trends_hashtag_list",
        json={"time_range": 7, "country_code": "US", "page": 2, "limit": 5},
        headers={"Authorization": f"Bearer {sandbox.key}"},
        timeout=10,
    )
    data = answer.json()["data"]
    assert (len(data["items"]), data["pagination"]["page"], data["items"][0]["rankIndex"]) == (5, 2, 6)
    assert {"handleName", "ttUID", "followedCnt"} <= set(data["items"][0]["topCreators"][0])


def test_the_price_falls_by_tiers(sandbox):
    """The 1,001st call of a day costs 10 % less, the 30,001st half; each call has its own tier's price."""
    prices = []
    for before in (0, 999, 1_000, 5_000, 10_000, 20_000, 30_000):
        sandbox.account(billed_today=before)
        sandbox.get(WORDS)
        prices.append(sandbox.log()[-1]["price"])
    assert prices == [0.001, 0.001, 0.0009, 0.0008, 0.0007, 0.0006, 0.0005]


def test_only_a_200_is_billed(sandbox):
    """Errors and account endpoints cost nothing; the balance falls by what was billed."""
    sandbox.get(WORDS)
    sandbox.get(SEARCH)
    sandbox.get(ACCOUNT)
    sandbox.inject({"match": {}, "action": {"kind": "status", "status": 500}})
    sandbox.get(WORDS)
    assert [(e["status"], e["price"]) for e in sandbox.log()] == [(200, 0.001), (422, 0.0), (200, 0.0), (500, 0.0)]
    assert sandbox.get(ACCOUNT).json()["user_data"]["balance"] == 49.999


def test_an_empty_account_is_a_402_that_echoes_the_key(sandbox):
    """When balance and credit are spent, the error body carries the caller's headers, Authorization included."""
    sandbox.account(balance=0.0, free_credit=0.001)
    answers = [sandbox.get(WORDS) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 402]
    assert f"Bearer {sandbox.key}" == answers[1].json()["detail"]["headers"]["Authorization"]


def test_too_fast_is_a_429_with_retry_after(sandbox):
    """Of 15 calls at once 10 pass; the others are told how long to wait, and are not billed."""
    sandbox.settings(rate=10)
    with ThreadPoolExecutor(15) as pool:
        answers = list(pool.map(lambda _: sandbox.get(WORDS), range(15)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert (sum(a.status_code == 200 for a in answers), len(refused)) == (10, 5)
    assert {"1"} == {answer.headers["Retry-After"] for answer in refused}
    assert sandbox.account()["billed_today"] == 10


def test_the_cached_answer_is_free(sandbox):
    """The envelope's cache_url gives the same answer again for 24 hours, without a key or a bill."""
    sandbox.set_clock(NOW)
    first = sandbox.get(SEARCH, keyword="ramen").json()
    sandbox.advance(timedelta(hours=23))
    again = requests.get(first["cache_url"], timeout=10).json()
    sandbox.advance(timedelta(hours=2))
    late = requests.get(first["cache_url"], timeout=10)
    assert first == again
    assert (late.status_code, sum(entry["billed"] for entry in sandbox.log())) == (404, 1)


def _cover_links(sandbox):
    items = sandbox.get(SEARCH, keyword="ramen").json()["data"]["search_item_list"]
    links = [item["aweme_info"]["video"]["dynamic_cover"]["url_list"] for item in items]
    return [url for urls in links for url in urls]


def test_image_links_expire_after_five_hours(sandbox):
    """A link works for five hours of the sandbox's time, then answers 403."""
    sandbox.set_clock(NOW, frozen=True)
    jpeg = next(url for url in _cover_links(sandbox) if ".jpeg?" in url)
    sandbox.advance(timedelta(hours=5))
    in_time = requests.get(jpeg, timeout=30)
    sandbox.advance(timedelta(seconds=1))
    late = requests.get(jpeg, timeout=30)
    assert (
        in_time.status_code,
        in_time.headers["Content-Type"],
        in_time.content[:3],
    ) == (200, "image/jpeg", b"\xff\xd8\xff")
    assert late.status_code == 403


def test_a_changed_link_is_refused(sandbox):
    """Neither the path nor the time of a link can be changed."""
    url = next(url for url in _cover_links(sandbox) if ".jpeg?" in url)
    forged = [url.replace("x-expires=1", "x-expires=2"), url.replace(".jpeg?", ".webp?")]
    assert [requests.get(link, timeout=30).status_code for link in forged] == [403, 403]


def test_heic_comes_first_and_cannot_be_read_by_opencv(sandbox):
    """The first link of a list is often HEIC; a JPEG follows."""
    first, _, last = _cover_links(sandbox)[:3]
    assert (".heic?" in first, ".jpeg?" in last) == (True, True)
    assert requests.get(first, timeout=10).content[4:12] == b"ftypheic"


def test_images_are_not_api_requests(sandbox):
    """Image requests are neither billed nor in the API log, but in their own."""
    requests.get(_cover_links(sandbox)[2], timeout=30)
    assert [entry["endpoint"] for entry in sandbox.log()] == ["video_search"]
    assert [(e["endpoint"], e["status"], e["billed"]) for e in sandbox.image_log()] == [("image", 200, False)]


def test_the_world_follows_the_clock(sandbox):
    """Answers are those of the sandbox's day in UTC."""
    truth = _plain(sandbox)
    for days in (0, 1, 9):
        sandbox.set_clock(NOW + timedelta(days=days))
        then = next(c for c in sandbox.truth((NOW + timedelta(days=days)).date()) if c["user_id"] == truth["user_id"])
        if then["answers"] == "active":
            user = sandbox.get(PROFILE, user_id=truth["user_id"]).json()["data"]["user"]
            assert then["followers"] == user["follower_count"]


def test_the_clock_runs_on_unless_frozen(sandbox):
    """Now runs on from what it was set to; frozen it stands; a time without a zone is refused."""
    sandbox.set_clock(NOW)
    assert datetime.fromisoformat(sandbox.control("GET", "clock")["now"]) > NOW
    sandbox.set_clock(NOW, frozen=True)
    assert {"now": NOW.isoformat(), "day": "2026-11-21", "frozen": True} == sandbox.control("GET", "clock")
    with pytest.raises(ValueError, match="time zone"):
        sandbox.control("POST", "clock", {"now": "2026-11-21T02:00:00"})


def test_the_log_never_holds_the_key(sandbox):
    """The log lists each request with its parameters, and the key is in none of it."""
    sandbox.get(PROFILE, unique_id=sandbox.key)
    entry = sandbox.log()[0]
    assert tuple(entry[name] for name in ("endpoint", "params", "status", "billed")) == (
        "user_profile",
        {"unique_id": "***"},
        200,
        True,
    )
    assert sandbox.key not in json.dumps(sandbox.log())


def test_fifty_callers_wait_at_the_same_time(sandbox):
    """Latency is waited for by all callers together, not one after another."""
    sandbox.settings(latency=1.0)
    uid = _plain(sandbox)["user_id"]
    started = monotonic()
    with ThreadPoolExecutor(50) as pool:
        statuses = {answer.status_code for answer in pool.map(lambda _: sandbox.get(PROFILE, user_id=uid), range(50))}
    assert ({200}, True) == (statuses, monotonic() - started < 25)  # one after another: 50 s


LIST = "/api/v1/tiktok/app/v3/fetch_hashtag_video_list"


def test_the_switch_for_recorded_answers(sandbox):
    """On, hashtag lists have 0 followers for everybody, searches for some, and a card on every page; off, all is as before."""
    usual = [sandbox.get(SEARCH, keyword="ramen").json()["data"], sandbox.get(LIST, ch_id="123456").json()["data"]]
    assert sandbox.settings(as_recorded=True)["as_recorded"] is True
    searched, listed = (sandbox.get(SEARCH, keyword="ramen"), sandbox.get(LIST, ch_id="123456"))
    items, clips = searched.json()["data"]["search_item_list"], listed.json()["data"]["aweme_list"]
    assert (len(items), len(clips)) == (len(usual[0]["search_item_list"]) + 1, len(usual[1]["aweme_list"]) + 1)
    authors = [clip["author"] for clip in clips if clip.get("statistics", {}) and clip["author"]]
    assert len(authors) == len(usual[1]["aweme_list"])
    assert {author[name] for author in authors for name in ("follower_count", "following_count", "create_time")} == {0}
    found = [(item.get("aweme_info") or {}).get("author") for item in items]
    zeros = [author["follower_count"] == 0 for author in found if author]
    assert 0 < sum(zeros) < len(zeros)
    assert sandbox.settings(as_recorded=False)["as_recorded"] is False
    again = sandbox.get(LIST, ch_id="123456").json()["data"]["aweme_list"]
    assert [clip["author"]["follower_count"] for clip in again] == [
        clip["author"]["follower_count"] for clip in usual[1]["aweme_list"]
    ]


def test_a_page_behind_the_last_is_a_card_alone(sandbox):
    """Recorded so as well: a page on which nothing is a video."""
    sandbox.settings(as_recorded=True)
    (card,) = sandbox.get(LIST, ch_id="123456", cursor=10_000).json()["data"]["aweme_list"]
    assert not card["author"]

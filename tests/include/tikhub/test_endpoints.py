"""A request's parameters are what TikHub takes, and its subject is its identity within a day."""

from __future__ import annotations

import json

import pytest

from include.tikhub.endpoints import (
    ENDPOINTS,
    Request,
    hashtag_search,
    hashtag_videos,
    similar_users,
    trending_hashtags,
    trending_words,
    user_profile,
    user_search,
    user_videos,
    video_search,
)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (trending_words(), ("trending_words", {}, "all")),
        (
            video_search(" ramen ", 20),
            ("video_search", {"keyword": "ramen", "offset": 20, "count": 20}, "keyword=ramen&offset=20"),
        ),
        (
            video_search("a&offset=3%", 0, count=10),
            (
                "video_search",
                {"keyword": "a&offset=3%", "offset": 0, "count": 10},
                "keyword=a%26offset%3D3%25&offset=0&count=10",
            ),
        ),
        (
            hashtag_search("#ramen"),
            ("hashtag_search", {"keyword": "ramen", "offset": 0, "count": 20}, "keyword=ramen&offset=0"),
        ),
        (
            hashtag_videos("77", 10),
            ("hashtag_videos", {"ch_id": "77", "cursor": 10, "count": 10}, "ch_id=77&cursor=10"),
        ),
        (
            trending_hashtags("JP", 30),
            (
                "trending_hashtags",
                {"time_range": 30, "country_code": "JP", "page": 1, "limit": 20},
                "time_range=30&country_code=JP&page=1&limit=20",
            ),
        ),
        (
            user_search("#chess", 20, "TEN_K_TO_ONE_H_K"),
            (
                "user_search",
                {"keyword": "chess", "offset": 20, "count": 20, "user_search_follower_count": "TEN_K_TO_ONE_H_K"},
                "keyword=chess&offset=20&user_search_follower_count=TEN_K_TO_ONE_H_K",
            ),
        ),
        (
            user_search("chess"),
            ("user_search", {"keyword": "chess", "offset": 0, "count": 20}, "keyword=chess&offset=0"),
        ),
        (user_videos("7", "MS4", "a.b"), ("user_videos", {"sec_user_id": "MS4", "max_cursor": 0, "count": 20}, "7")),
        (user_videos("7", None, "a.b"), ("user_videos", {"unique_id": "a.b", "max_cursor": 0, "count": 20}, "7")),
        (similar_users("7", "MS4"), ("similar_users", {"sec_uid": "MS4"}, "7")),
        (user_profile("unique_id", "a.b"), ("user_profile", {"unique_id": "a.b"}, "unique_id=a.b")),
        (user_profile("sec_user_id", "MS4", subject="7"), ("user_profile", {"sec_user_id": "MS4"}, "7")),
    ],
)
def test_a_request(request_, expected):
    """Endpoint, parameters and subject of every kind of request."""
    assert Request(*expected) == request_


@pytest.mark.parametrize(
    "ask",
    [
        lambda: video_search(""),
        lambda: video_search("  "),
        lambda: video_search("a\x00b"),
        lambda: video_search("\ud800"),
        lambda: video_search("ramen", -1),
        lambda: hashtag_search("#"),
        lambda: hashtag_videos("", 0),
        lambda: trending_hashtags("jp", 7),
        lambda: trending_hashtags("JPN", 7),
        lambda: trending_hashtags("JP", 8),
        lambda: user_search("#"),
        lambda: similar_users("7", " "),
        lambda: user_videos("7", None, ""),
        lambda: user_profile("handle", "x"),
        lambda: user_profile("user_id", ""),
    ],
)
def test_a_request_that_cannot_be_made(ask):
    """What no request can carry is a ValueError before anything is sent or paid."""
    with pytest.raises(ValueError, match=r"empty|control|start at|looked up|two letters|listed over"):
        ask()


def test_the_paths_are_in_tikhubs_document(shared):
    """Every path and parameter of ours stands in TikHub's own OpenAPI document."""
    paths = json.loads(shared("tikhub_recorded/openapi.slice.json").read_text())["paths"]
    ours = [video_search("a"), hashtag_search("a"), hashtag_videos("1"), trending_words()]
    ours += [
        user_search("a", 0, "TEN_K_TO_ONE_H_K"),
        user_videos("1", "a"),
        user_videos("1", None, "a"),
        similar_users("1", "a"),
    ]
    ours += [user_profile(kind, "1") for kind in ("sec_user_id", "user_id", "unique_id")]
    unknown = [
        (request.endpoint, set(request.params) - names)
        for request in ours
        for operation in [paths[ENDPOINTS[request.endpoint].path]["get"]]
        for names in [{parameter["name"] for parameter in operation.get("parameters", [])}]
        if set(request.params) - names
    ]
    assert unknown == []
    assert ENDPOINTS["account"].path in paths

"""The sandbox says what TikHub's own description, recordings and client say it should."""

import json
from typing import Any

import jsonschema
import pytest
import tikhub
from tikhub._errors import TikHubAuthError, TikHubBadRequestError, TikHubRateLimitError

from include.sandbox.endpoints import BY_PATH

SEARCH = "/api/v1/tiktok/app/v3/fetch_video_search_result"
PROFILE = "/api/v1/tiktok/app/v3/handler_user_profile"
WORDS = "/api/v1/tiktok/web/fetch_trending_searchwords"
EXAMPLES: dict[str, dict[str, Any]] = {
    "video_search": {"keyword": "ramen"},
    "hashtag_search": {"keyword": "ramen"},
    "hashtag_videos": {"ch_id": "123456"},
    "user_search": {"keyword": "ramen", "user_search_follower_count": "TEN_K_TO_ONE_H_K"},
    "similar_users": {"sec_uid": "MS4wLjABAAAA"},
}


@pytest.fixture
def description(shared) -> dict[str, Any]:
    return json.loads(shared("tikhub_recorded/openapi.slice.json").read_text(encoding="utf-8"))


@pytest.fixture
def handle(sandbox) -> str:
    listed = sandbox.control("GET", "creators")["creators"]
    return next(c for c in listed if c["answers"] == "active" and not c["refuses_sec_user_id"])["handle"]


def _schema(description, operation, status):
    """The schema of an answer, with the document's components at hand."""
    return {**operation["responses"][status]["content"]["application/json"]["schema"], **description}


def test_parameters_are_those_of_the_description(description):
    """Each endpoint that TikHub describes has the same parameters, types, defaults and obligations."""
    kinds = {"string": str, "integer": int}
    for path, endpoint in BY_PATH.items():
        if path not in description["paths"]:
            continue
        described = description["paths"][path][endpoint.method.lower()].get("parameters", [])
        expected = {
            (p["name"], kinds[p["schema"]["type"]], None if p["required"] else p["schema"].get("default"))
            for p in described
        }
        assert expected == {(p.name, p.kind, p.default) for p in endpoint.parameters}


@pytest.mark.parametrize("path", sorted(path for path in BY_PATH if "/ads/" not in path))
def test_answers_satisfy_the_description(sandbox, description, handle, path):
    """Successes and 422s validate against TikHub's own schemas."""
    endpoint = BY_PATH[path]
    operation = description["paths"][path]["get"]
    params = EXAMPLES.get(endpoint.name, {"unique_id": handle} if "user_id" in str(endpoint.parameters) else {})
    answer = sandbox.get(path, **params)
    assert answer.status_code == 200
    jsonschema.validate(answer.json(), _schema(description, operation, "200"))
    if any(parameter.default is None for parameter in endpoint.parameters):
        refused = sandbox.get(path)
        assert refused.status_code == 422
        jsonschema.validate(refused.json(), _schema(description, operation, "422"))


def _differences(recorded: Any, given: Any, path: str = "data") -> list[str]:
    """Where the given answer lacks a recorded key, or has another type (null beside anything is no difference)."""
    if recorded is None or given is None:
        return []
    if type(recorded) is not type(given):
        return [f"{path}: {type(recorded).__name__} recorded, {type(given).__name__} given"]
    if isinstance(recorded, dict):
        missing = [f"{path}.{key}: missing" for key in recorded if key not in given]
        return missing + [
            d for key in recorded if key in given for d in _differences(recorded[key], given[key], f"{path}.{key}")
        ]
    if isinstance(recorded, list) and recorded and given:
        return _differences(recorded[0], given[0], f"{path}[0]")
    return []


def _recorded(shared, name):
    return json.loads(shared(f"tikhub_recorded/{name}").read_text(encoding="utf-8"))


def test_trending_words_are_shaped_like_the_recording(sandbox, shared):
    """No recorded key of the trending words is missing or of another type."""
    assert _differences(_recorded(shared, "web_trending_searchwords.json"), sandbox.get(WORDS).json()["data"]) == []


def test_profiles_are_shaped_like_the_recording(sandbox, shared, handle):
    """No recorded key of a profile is missing or of another type."""
    data = sandbox.get(PROFILE, unique_id=handle).json()["data"]
    assert _differences(_recorded(shared, "appv3_user_profile.json"), data) == []


def test_searches_are_shaped_like_the_recording(sandbox, shared):
    """No recorded key of a search is missing or of another type, the doodle's settings apart."""
    recorded = _recorded(shared, "appv3_video_search.EXCERPT.json")
    data = sandbox.get(SEARCH, keyword="ramen").json()["data"]
    items = [item for item in data["search_item_list"] if item["aweme_info"]["text_extra"]]
    differences = _differences(recorded, {**data, "search_item_list": items})
    assert [difference for difference in differences if "doodle" not in difference] == []


def test_searches_as_recorded_are_shaped_like_the_recording(start_sandbox, shared):
    """With the switch on, what is a video in them has the recorded keys; what the recording cuts short is there as well."""
    running = start_sandbox("--rate", 0, "--as-recorded")
    recorded = _recorded(shared, "appv3_video_search.EXCERPT.json")
    data = running.get(SEARCH, keyword="ramen").json()["data"]
    whole = [
        item
        for item in data["search_item_list"]
        if ((item.get("aweme_info") or {}).get("statistics") or {}).get("digg_count")
    ]
    differences = _differences(recorded, {**data, "search_item_list": whole})
    assert [difference for difference in differences if "doodle" not in difference] == []
    assert set(recorded) == set(data)


def test_trending_hashtags_are_shaped_like_the_recording(sandbox, shared):
    """No recorded key of the ads hashtags is missing or of another type."""
    with tikhub.TikHub(sandbox.key, base_url=sandbox.url) as client:
        data = client.tiktok_ads.get_trends_hashtag_list(time_range=7, country_code="US", page=1, limit=5)["data"]
    assert _differences(_recorded(shared, "ads_trends_hashtag_list.json"), data) == []


def test_the_vendors_client_can_talk_to_the_sandbox(sandbox, handle):
    """Every endpoint answers TikHub's own client."""
    with tikhub.TikHub(sandbox.key, base_url=sandbox.url) as client:
        app, web = client.tiktok_app_v3, client.tiktok_web
        user = app.handler_user_profile(unique_id=handle)["data"]["user"]
        challenge = app.fetch_hashtag_search_result(keyword="tea")["data"]["challenge_list"][0]["challenge_info"]
        answers = [
            web.fetch_trending_searchwords()["data"]["trending_search_words"],
            app.fetch_video_search_result(keyword="tea", offset=20)["data"]["search_item_list"],
            app.fetch_hashtag_video_list(ch_id=challenge["cid"])["data"]["aweme_list"],
            app.fetch_user_search_result(keyword="tea")["data"]["user_list"],
            app.fetch_similar_user_recommendations(sec_uid=user["sec_uid"])["data"]["users"],
            app.fetch_user_post_videos(sec_user_id=user["sec_uid"])["data"]["aweme_list"],
            client.tikhub_user.get_user_info()["user_data"],
        ]
    assert handle == user["unique_id"]
    assert all(answers)


def test_the_vendors_client_understands_the_errors(sandbox):
    """Key, parameters and rate: each failure is the client's own exception."""
    with tikhub.TikHub("wrong", base_url=sandbox.url, max_retries=0) as client, pytest.raises(TikHubAuthError):
        client.tiktok_web.fetch_trending_searchwords()
    sandbox.inject({"match": {}, "action": {"kind": "status", "status": 429, "headers": {"Retry-After": "7"}}})
    with tikhub.TikHub(sandbox.key, base_url=sandbox.url, max_retries=0) as client:
        with pytest.raises(TikHubRateLimitError) as refused:
            client.tiktok_web.fetch_trending_searchwords()
        with pytest.raises(TikHubBadRequestError):
            client.tiktok_app_v3.fetch_video_search_result(keyword="tea", offset="x")  # type: ignore[arg-type]
    assert refused.value.retry_after == 7

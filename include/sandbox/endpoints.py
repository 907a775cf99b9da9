"""The vendor's endpoints the sandbox knows: path, method, parameters, and whether a call is billed."""

from dataclasses import dataclass
from typing import Any

_TIKTOK = "/api/v1/tiktok"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query (or body) parameter; `default` None means that it must be given."""

    name: str
    kind: type[int] | type[str]
    default: int | str | None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint under the short name the log and the faults use."""

    name: str
    method: str
    path: str
    tag: str
    parameters: tuple[Parameter, ...] = ()
    is_billed: bool = True
    needs_key: bool = True


def _paged(start: str, count: int = 20) -> tuple[Parameter, ...]:
    return Parameter(start, int, 0), Parameter("count", int, count)


_KEYWORD = Parameter("keyword", str, None)
_ENDPOINTS = (
    Endpoint("trending_words", "GET", f"{_TIKTOK}/web/fetch_trending_searchwords", "TikTok-Web-API"),
    Endpoint(
        "video_search",
        "GET",
        f"{_TIKTOK}/app/v3/fetch_video_search_result",
        "TikTok-App-V3-API",
        (
            _KEYWORD,
            *_paged("offset"),
            Parameter("sort_type", int, 0),
            Parameter("publish_time", int, 0),
            Parameter("region", str, "US"),
        ),
    ),
    Endpoint(
        "user_profile",
        "GET",
        f"{_TIKTOK}/app/v3/handler_user_profile",
        "TikTok-App-V3-API",
        (Parameter("user_id", str, ""), Parameter("sec_user_id", str, ""), Parameter("unique_id", str, "")),
    ),
    Endpoint(
        "hashtag_search",
        "GET",
        f"{_TIKTOK}/app/v3/fetch_hashtag_search_result",
        "TikTok-App-V3-API",
        (_KEYWORD, *_paged("offset")),
    ),
    Endpoint(
        "hashtag_videos",
        "GET",
        f"{_TIKTOK}/app/v3/fetch_hashtag_video_list",
        "TikTok-App-V3-API",
        (Parameter("ch_id", str, None), *_paged("cursor", 10)),
    ),
    Endpoint(
        "user_search",
        "GET",
        f"{_TIKTOK}/app/v3/fetch_user_search_result",
        "TikTok-App-V3-API",
        (
            _KEYWORD,
            *_paged("offset"),
            Parameter("user_search_follower_count", str, ""),
            Parameter("user_search_profile_type", str, ""),
            Parameter("user_search_other_pref", str, ""),
        ),
    ),
    Endpoint(
        "user_videos",
        "GET",
        f"{_TIKTOK}/app/v3/fetch_user_post_videos",
        "TikTok-App-V3-API",
        (
            Parameter("sec_user_id", str, ""),
            Parameter("unique_id", str, ""),
            *_paged("max_cursor"),
            Parameter("sort_type", int, 0),
        ),
    ),
    Endpoint(
        "similar_users",
        "GET",
        f"{_TIKTOK}/app/v3/fetch_similar_user_recommendations",
        "TikTok-App-V3-API",
        (Parameter("sec_uid", str, None), Parameter("page_token", str, "")),
    ),
    Endpoint(
        "trending_hashtags",
        "POST",
        f"{_TIKTOK}/ads/get_trends_hashtag_list",
        "TikTok-Ads-API",
        (
            Parameter("time_range", int, 7),
            Parameter("country_code", str, "US"),
            Parameter("page", int, 1),
            Parameter("limit", int, 20),
        ),
    ),
    Endpoint("account", "GET", "/api/v1/tikhub/user/get_user_info", "TikHub-User-API", is_billed=False),
    Endpoint("health", "GET", "/api/v1/health/check", "Health-Check", is_billed=False, needs_key=False),
)
BY_PATH = {endpoint.path: endpoint for endpoint in _ENDPOINTS}
NAMES = frozenset(endpoint.name for endpoint in _ENDPOINTS) | {
    "image",
    "site_page",
    "site_media",
    "serper_videos",
    "claude_messages",
    "official_token",
    "official_refresh",
    "official_account",
    "official_videos",
    "studio_page",
    "studio_export",
}


class MalformedError(Exception):
    """A request the vendor answers with 422; `errors` is the list it puts under `detail`."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors)
        self.errors = errors


def read_parameters(endpoint: Endpoint, given: dict[str, Any]) -> dict[str, Any]:
    """The endpoint's parameters, typed, with defaults; unknown ones are ignored. Raises MalformedError."""
    place = "query" if endpoint.method == "GET" else "body"
    errors: list[dict[str, Any]] = []
    values: dict[str, Any] = {}
    for parameter in endpoint.parameters:
        value = given.get(parameter.name, parameter.default)
        if value is None:
            errors.append({"type": "missing", "loc": [place, parameter.name], "msg": "Field required", "input": None})
        elif parameter.kind is int and not _is_integer(value):
            text = "Input should be a valid integer, unable to parse string as an integer"
            errors.append({"type": "int_parsing", "loc": [place, parameter.name], "msg": text, "input": value})
        else:
            values[parameter.name] = parameter.kind(value)
    if errors:
        raise MalformedError(errors)
    return values


def _is_integer(value: object) -> bool:
    text = str(value).strip()
    return text.removeprefix("-").removeprefix("+").isdecimal() and text.isascii() and len(text) < 19

"""What the Accounts API's answers mean: by the sandbox over HTTP, by the vendor's example, by answers nobody documents."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, date, datetime, timedelta

import pytest

from include.local.driven_sandbox import RunningSandbox
from include.sandbox.exports import drops
from include.sandbox.official import figures
from include.tiktok_business import endpoints
from include.tiktok_business.answers import read_answer
from include.tiktok_business.client import AccountsApi, BothGates, OAuth
from include.tiktok_business.endpoints import ACCOUNT, ACCOUNT_FIELDS, REFRESH, TOKEN, VIDEO_FIELDS, VIDEOS
from include.tiktok_business.errors import AppRefused, CodeRefused, RefreshRefused, ScopeMissing, TokenRefused
from include.tiktok_business.parsers import Page, parse_account, parse_grant, parse_videos
from include.vendors.asking import OpenGate
from include.vendors.errors import (
    CallFailed,
    EndpointGone,
    RateLimited,
    RequestRejected,
    RunStopped,
    Unavailable,
    UnexpectedAnswer,
)
from include.vendors.models import Reply, Request
from include.web.transport import Exchange, Failure
from tests.include.tiktok_business.consents import (
    CLIENT_SECRET,
    REDIRECT,
    Ended,
    Held,
    agree,
    code_of,
    handle_of,
    oauth,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECRET = "act.recognisable-0123456789"
# The example on the vendor's page of business/get, in short.
EXAMPLE = {
    "code": 0,
    "message": "OK",
    "request_id": "202108030711080102450310564DA3B2EB",
    "data": {
        "username": "la_flama_blanca",
        "followers_count": 1124,
        "audience_countries": [{"percentage": 0.1797, "country": "MY"}],
        "metrics": [
            {"date": "2021-07-30", "followers_count": 4, "video_views": 1126, "comments": 4, "shares": 0, "likes": 26}
        ],
    },
}


def meaning(body: object, status: int | None = 200, endpoint: str = ACCOUNT, failure: Failure | None = None):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_answer(endpoint, Exchange(status, {}, content, failure), SECRET, echo=SECRET)


def client(sandbox: RunningSandbox, access, **options) -> AccountsApi:
    gates = {ACCOUNT: OpenGate(), VIDEOS: OpenGate()}
    return AccountsApi(f"{sandbox.url}/accounts_api", access, gates, **{"sleep": lambda _: None, **options})


def all_videos(asked: AccountsApi, open_id: str) -> list[dict]:
    found, cursor = [], None
    for _ in range(100):
        reply = asked.fetch(endpoints.videos(open_id, VIDEO_FIELDS, cursor))
        found += reply.data["videos"]
        cursor = parse_videos(reply.data).cursor
        if cursor is None:
            return found
    raise AssertionError("no end")


def test_the_vendors_example_is_read():
    """The documented answer of business/get is data as they came."""
    answer = meaning(EXAMPLE)
    assert (answer.error, answer.billed, answer.request_id) == (None, False, EXAMPLE["request_id"])
    assert answer.data == EXAMPLE["data"]
    assert parse_account(answer.data) == "la_flama_blanca"


@pytest.mark.parametrize(
    ("code", "message", "error", "outcome"),
    [
        (40100, "App reaches the QPS limit.", RateLimited, "rate_limited"),
        (51021, "Too many requests", RateLimited, "rate_limited"),
        (40102, "Access token has expired", TokenRefused, "refused_key"),
        (40104, "Access token is empty", TokenRefused, "refused_key"),
        (40105, "Access token is incorrect or has been revoked.", TokenRefused, "refused_key"),
        (40101, "Invalid App ID or secret", AppRefused, "refused_key"),
        (40110, "Auth code is invalid", CodeRefused, "rejected"),
        (40001, "Permission error: The access token lacks the required scope", ScopeMissing, "forbidden"),
        (40002, "No permission to scope user.insights", ScopeMissing, "forbidden"),
        (40002, "max_count: must be less than 20", RequestRejected, "rejected"),
        (40006, "no schema found", EndpointGone, "not_found"),
        (50000, "System error", Unavailable, "unavailable"),
        (61000, "?", Unavailable, "unavailable"),
        (-7, None, RequestRejected, "rejected"),
    ],
)
def test_what_a_code_means(code, message, error, outcome):
    """Each code of an envelope is one error, whatever the status; none of them stops the run of other accounts."""
    for status in (200, 400):
        answer = meaning({"code": code, "message": message, "data": {}}, status)
        assert (type(answer.error), answer.outcome, answer.billed) == (error, outcome, False)
        assert not isinstance(answer.error, RunStopped)
        assert message is None or message in str(answer.error)


@pytest.mark.parametrize("code", [40001, 40002, 40102, 40105, 40110])
def test_a_refused_renewal_is_told_apart(code):
    """At the endpoint of renewals a refusal of whatever words is the refresh token's; throttling and the app's are not."""
    assert isinstance(meaning({"code": code, "message": "x"}, endpoint=REFRESH).error, RefreshRefused)
    assert isinstance(meaning({"code": 40100, "message": "x"}, endpoint=REFRESH).error, RateLimited)
    assert isinstance(meaning({"code": 40101, "message": "x"}, endpoint=REFRESH).error, AppRefused)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, b"<html>busy</html>", Unavailable),
        (200, b"", Unavailable),
        (200, [1], Unavailable),
        (200, {"data": {}}, Unavailable),
        (200, {"code": True}, Unavailable),
        (401, b"", TokenRefused),
        (403, b"<html>Access Denied</html>", Unavailable),
        (404, b"", EndpointGone),
        (418, b"", RequestRejected),
        (429, b"", RateLimited),
        (502, b"<html>", Unavailable),
        (302, b"", UnexpectedAnswer),
    ],
)
def test_what_a_status_means_without_an_envelope(status, body, error):
    """A page of some gateway is asked for again, since nothing is paid; what has a status of its own is that."""
    assert type(meaning(body, status).error) is error


def test_a_secret_shows_nowhere():
    """An echo of the token is masked in data and messages; no client is pickled, and no grant or client shows one."""
    assert SECRET not in str(meaning({"code": 0, "data": {"x": f"a {SECRET}"}}).data)
    assert SECRET not in str(meaning({"code": 40105, "message": f"{SECRET} is wrong"}).error)
    grant = parse_grant(
        {
            "access_token": SECRET, "refresh_token": SECRET, "expires_in": 1, "refresh_token_expires_in": 2,
            "open_id": "o", "scope": "b, a,",
        }
    )  # fmt: skip
    assert grant.scopes == ("a", "b")
    app = OAuth("https://x.example", "app", SECRET, OpenGate())
    asked = AccountsApi("https://x.example", Ended(), {})
    assert SECRET not in f"{grant!r} {app!r} {asked!r}"
    for each in (app, asked):
        with pytest.raises(TypeError, match="holds"):
            pickle.dumps(each)


@pytest.mark.parametrize("url", ["http://business-api.tiktok.com", "https://user:pw@x.example", "ftp://x"])
def test_a_token_travels_encrypted_only(url):
    """A base URL without encryption, with a password, or that is none is refused."""
    with pytest.raises(ValueError, match="host of the account's connection"):
        AccountsApi(url, Ended(), {})


def test_requests_have_one_identity():
    """Account, window, cursor and fields are part of it; a window that is none, or videos without ids, are refused."""
    day = date(2026, 11, 20)
    made = [
        endpoints.profile("1", ["likes"], day - timedelta(days=1), day),
        endpoints.profile("2", ["likes"], day - timedelta(days=1), day),
        endpoints.profile("1", ["likes"], day, day),
        endpoints.profile("1", ["likes", "shares"], day, day),
        endpoints.videos("1", ["item_id"]),
        endpoints.videos("1", ["item_id"], 5),
    ]
    assert len({(each.endpoint, each.subject) for each in made}) == 6
    assert made[0].params["fields"] == '["likes"]'
    for start, end in ((day, day - timedelta(days=1)), (day - timedelta(days=61), day)):
        with pytest.raises(ValueError, match="no window"):
            endpoints.profile("1", ["likes"], start, end)
    with pytest.raises(ValueError, match="item_id"):
        endpoints.videos("1", ["likes"])


def test_fields_go_by_permissions():
    """Only what the owner permitted is asked for; everything where nobody knows."""
    assert endpoints.permitted(ACCOUNT_FIELDS, ["user.info.username", "video.list"]) == ["username"]
    assert endpoints.permitted(VIDEO_FIELDS, []) == list(VIDEO_FIELDS)


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"videos": {}, "has_more": False},
        {"videos": [{}], "has_more": False},
        {"has_more": False},
        {"videos": None, "has_more": True, "cursor": 17},
        {"videos": [], "has_more": "perhaps"},
        {"videos": [], "has_more": 2},
        {"videos": [], "has_more": True},
        {"videos": [], "has_more": True, "cursor": "soon"},
        {"videos": [], "has_more": True, "cursor": 0},
    ],
)
def test_half_a_page_is_none(data):
    """A page without its list, ids, or place to go on from is refused: it would be the end of the videos."""
    with pytest.raises(UnexpectedAnswer):
        parse_videos(data)


@pytest.mark.parametrize(
    ("data", "page"),
    [
        ({"videos": None, "has_more": False}, Page(0, None)),
        ({"videos": [{"item_id": 7}], "has_more": 1, "cursor": "17"}, Page(1, 17)),
        ({"videos": [{"item_id": "7"}], "has_more": "true", "cursor": 17.0}, Page(1, 17)),
        ({"videos": [], "has_more": "false", "cursor": None}, Page(0, None)),
    ],
)
def test_the_same_page_said_otherwise(data, page):
    """A number as a text, a flag as a number, no list where there is no video: it means one thing only, and is taken."""
    assert parse_videos(data) == page


GRANT = {
    "access_token": SECRET, "refresh_token": SECRET, "expires_in": 1, "refresh_token_expires_in": 2, "open_id": "o",
    "scope": "b, a",
}  # fmt: skip


@pytest.mark.parametrize(
    ("endpoint", "missing"),
    [(TOKEN, "access_token"), (TOKEN, "refresh_token"), (TOKEN, "open_id"), (REFRESH, "access_token")],
)
def test_half_a_grant_is_none(endpoint, missing):
    """Without a token, or whose it is, there is no consent; the message holds nothing of what is secret."""
    with pytest.raises(UnexpectedAnswer, match=missing) as caught:
        parse_grant({**GRANT, missing: None}, endpoint)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("odd", [None, "soon", [], -1, 10**12])
def test_new_tokens_are_taken_whatever_else_is_odd(odd):
    """The one that was used for them may count no more: what was not said of a renewal is empty, and stays as it was."""
    made = parse_grant({**GRANT, "expires_in": odd, "refresh_token_expires_in": odd, "open_id": odd, "scope": None})
    assert (made.access_token, made.refresh_token) == (SECRET, SECRET)
    assert (made.access_seconds, made.refresh_seconds, made.open_id, made.scopes) == (86_400, 0, "", ())
    first = parse_grant({**GRANT, "expires_in": "3600", "refresh_token_expires_in": odd, "scope": ["b", "a"]}, TOKEN)
    assert (first.access_seconds, first.refresh_seconds, first.open_id, first.scopes) == (
        3600,
        31_536_000,
        "o",
        ("a", "b"),
    )
    assert parse_grant({**GRANT, "refresh_token": None}).refresh_token == ""


def test_true_numbers_come_over_http(sandbox: RunningSandbox):
    """Sixty days of an account are those of the made-up world, as far as they are two days old; all its videos, a day late."""
    sandbox.set_clock(NOON, frozen=True)
    handle = handle_of(sandbox)
    access = Held(sandbox, handle)
    truth = next(each for each in drops.people(7, NOON.date()) if each.handle == handle)
    start, end = NOON.date() - timedelta(days=60), NOON.date() - timedelta(days=1)
    with client(sandbox, access) as asked:
        data = asked.fetch(endpoints.profile(access.grant.open_id, ACCOUNT_FIELDS, start, end)).data
        found = all_videos(asked, access.grant.open_id)
    days = {row["date"]: row for row in data["metrics"]}
    assert len(days) == 59  # of the 60 asked for, yesterday is not counted yet
    for day, row in days.items():
        assert row["video_views"] == truth.value(date.fromisoformat(day), "video_views")
        assert row["followers_count"] == truth.value(date.fromisoformat(day), "followers")
    posted = [post for post in truth.posts if post.posted_at < NOON]
    assert [int(video["item_id"]) for video in found] == [post.video_id for post in reversed(posted)]
    midnight = datetime(2026, 11, 19, tzinfo=UTC)
    assert [video["video_views"] for video in found] == [post.total("views", midnight) for post in reversed(posted)]
    quiet = [video for video in found if "average_time_watched" not in video]
    assert 0 < len(quiet) < len(found)
    assert all("likes" in video and "reach" not in video for video in quiet)
    spoken = next(video for video in found if "average_time_watched" in video)
    assert (spoken["average_time_watched"], spoken["full_video_watched_rate"]) == figures.watched(
        truth, next(post for post in posted if post.video_id == int(spoken["item_id"]))
    )


def test_an_account_with_few_followers(sandbox: RunningSandbox):
    """Below a hundred followers what is known of followers are empty lists, and no error."""
    handle = handle_of(sandbox, "private")
    access = Held(sandbox, handle)
    today = datetime.now(UTC).date()
    window = today - timedelta(days=9), today - timedelta(days=2)
    with client(sandbox, access) as asked:
        data = asked.fetch(endpoints.profile(access.grant.open_id, ACCOUNT_FIELDS, *window)).data
    assert 0 < data["followers_count"] < 100
    assert (data["audience_ages"], data["audience_countries"]) == ([], [])
    assert {len(row["audience_activity"]) for row in data["metrics"]} == {0}


def test_a_token_that_ends_in_the_middle(sandbox: RunningSandbox):
    """It is renewed once, and the same request goes on; the answer tells all attempts."""
    handle = handle_of(sandbox)
    access = Held(sandbox, handle)
    sandbox.official(account=handle, expires_after=1)
    with client(sandbox, access) as asked:
        first = asked.fetch(endpoints.videos(access.grant.open_id, VIDEO_FIELDS))
        second = asked.fetch(endpoints.videos(access.grant.open_id, VIDEO_FIELDS, parse_videos(first.data).cursor))
    assert [attempt.outcome for attempt in second.attempts] == ["refused_key", "answered"]
    assert len(access.grants) == 2


def test_a_used_refresh_token_is_refused(sandbox: RunningSandbox):
    """A refresh token is worth one renewal; a code one exchange, at the address it was given for."""
    handle = handle_of(sandbox)
    access = Held(sandbox, handle)
    access.renewed(access.token())
    with pytest.raises(RefreshRefused):
        access.app.refresh(access.grants[0].refresh_token)
    code = code_of(agree(sandbox, handle))
    with pytest.raises(RequestRejected):
        access.app.exchange(code, "https://elsewhere.example/")
    with pytest.raises(CodeRefused):
        access.app.exchange(code, REDIRECT)


def test_who_is_not_let_in(sandbox: RunningSandbox):
    """A wrong secret, a token nobody knows, permissions that were not given, and a permission taken back, each in its words."""
    handle = handle_of(sandbox)
    with pytest.raises(AppRefused, match="client secret"):
        oauth(sandbox, "wrong-secret-of-the-app").exchange("c", REDIRECT)
    with client(sandbox, Ended()) as asked, pytest.raises(TokenRefused) as caught:
        asked.fetch(endpoints.videos("1", VIDEO_FIELDS))
    assert [attempt.outcome for attempt in caught.value.attempts] == ["refused_key"]
    sandbox.official(account=handle, scopes=["video.list"])
    access = Held(sandbox, handle)
    with client(sandbox, access) as asked:
        with pytest.raises(ScopeMissing, match=r"video\.insights"):
            asked.fetch(endpoints.videos(access.grant.open_id, VIDEO_FIELDS))
        fields = endpoints.permitted(VIDEO_FIELDS, access.grant.scopes)
        assert asked.fetch(endpoints.videos(access.grant.open_id, fields)).data["videos"]
        sandbox.official(account=handle, revoke=True)
        with pytest.raises(RefreshRefused):
            asked.fetch(endpoints.videos(access.grant.open_id, fields))


def test_throttling_is_waited_out(sandbox: RunningSandbox):
    """40100 pauses everybody at both limits, and the request is sent again; after six of them it is given up."""
    pauses: list[float] = []

    class Noted(OpenGate):
        def pause(self, seconds: float) -> None:
            pauses.append(seconds)

    handle = handle_of(sandbox)
    access = Held(sandbox, handle)
    gates = {VIDEOS: BothGates(Noted(), Noted())}
    throttled = {"code": 40100, "message": "Too many requests", "data": {}}
    fault = {"match": {"endpoint": "official_videos"}, "action": {"kind": "status", "status": 200, "body": throttled}}
    sandbox.inject({**fault, "times": 1})
    with AccountsApi(f"{sandbox.url}/accounts_api", access, gates, sleep=lambda _: None) as asked:
        reply = asked.fetch(endpoints.videos(access.grant.open_id, ["item_id"]))
        assert [attempt.outcome for attempt in reply.attempts] == ["rate_limited", "answered"]
        assert len(pauses) == 2
        assert 0.5 <= pauses[0] == pauses[1] <= 1
        sandbox.inject({**fault, "times": 99})
        with pytest.raises(RateLimited) as caught:
            asked.fetch(endpoints.videos(access.grant.open_id, ["item_id"]))
    assert len(caught.value.attempts) == 7


def test_the_sandbox_counts_by_the_minute(sandbox: RunningSandbox):
    """The forty-first call of an account at one endpoint is refused, and its other endpoint is not."""
    handle = handle_of(sandbox)
    access = Held(sandbox, handle)
    sandbox.official(is_limited=True)
    with client(sandbox, access, patience=0) as asked:
        for _ in range(40):
            asked.fetch(endpoints.videos(access.grant.open_id, ["item_id"]))
        with pytest.raises(RateLimited):
            asked.fetch(endpoints.videos(access.grant.open_id, ["item_id"]))
        today = datetime.now(UTC).date()
        asked.fetch(endpoints.profile(access.grant.open_id, ["username"], today, today))
    assert sandbox.official()["accounts"][handle]["asked"] == {
        "official_token": 1, "official_videos": 41, "official_account": 1
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["html", "truncate", "oversize", "gzip_bomb", "empty", "reset", "wrong_length"])
def test_a_damaged_answer_is_told(sandbox: RunningSandbox, kind: str):
    """Whatever breaks an answer on its way, an error says so; one that was whole the second time is taken."""
    handle = handle_of(sandbox)
    access = Held(sandbox, handle)
    rule = {
        "match": {"endpoint": "official_videos"},
        "action": {"kind": kind, **({"bytes": 20_000_000} if kind in ("oversize", "gzip_bomb") else {})},
    }
    request = endpoints.videos(access.grant.open_id, VIDEO_FIELDS)
    sandbox.inject({**rule, "times": 1})
    with client(sandbox, access, max_retries=1) as asked:
        if kind in ("oversize", "gzip_bomb"):
            with pytest.raises(UnexpectedAnswer, match="larger"):
                asked.fetch(request)
        else:
            assert isinstance(asked.fetch(request), Reply)
        sandbox.inject({**rule, "times": 9})
        with pytest.raises((UnexpectedAnswer, Unavailable)):
            asked.fetch(request)


def test_a_slow_answer_has_an_end(sandbox: RunningSandbox):
    """A server that hangs is given up at the deadline."""
    handle = handle_of(sandbox)
    access = Held(sandbox, handle)
    sandbox.inject({"match": {"endpoint": "official_videos"}, "action": {"kind": "hang"}})
    with client(sandbox, access, deadline=0.3, max_retries=0) as asked, pytest.raises(Unavailable, match=r"0\.3 s"):
        asked.fetch(endpoints.videos(access.grant.open_id, VIDEO_FIELDS))


def test_an_answer_to_a_renewal_that_was_lost(sandbox: RunningSandbox):
    """The renewal is tried again; TikTok, which has made new tokens, refuses the old one: that is told as refused."""
    access = Held(sandbox, handle_of(sandbox))
    sandbox.inject({"match": {"endpoint": "official_refresh"}, "action": {"kind": "reset", "where": "body"}})
    with pytest.raises(CallFailed) as caught:
        access.app.refresh(access.grant.refresh_token)
    assert isinstance(caught.value, RefreshRefused)
    assert [attempt.outcome for attempt in caught.value.attempts] == ["unreadable", "refused_key"]


def test_an_address_that_is_none(sandbox: RunningSandbox):
    """A path that the API does not know is told as such."""
    with (
        AccountsApi(
            f"{sandbox.url}/accounts_api/elsewhere", Held(sandbox, handle_of(sandbox)), {VIDEOS: OpenGate()}
        ) as asked,
        pytest.raises(EndpointGone),
    ):
        asked.fetch(Request(VIDEOS, {}, "x"))
    assert TOKEN.startswith("tiktok/")
    assert CLIENT_SECRET not in str(sandbox.log())

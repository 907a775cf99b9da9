"""What Serper's answers mean, by the sandbox over HTTP and by answers that no sandbox gives."""

from __future__ import annotations

import json
import pickle

import pytest

from include.local.driven_sandbox import RunningSandbox
from include.serper import endpoints
from include.serper.answers import read_answer
from include.serper.client import Serper
from include.serper.errors import PatternRefused
from include.serper.parsers import Link, parse_videos
from include.vendors.asking import OpenGate
from include.vendors.errors import (
    AuthenticationFailed,
    BalanceExhausted,
    EndpointGone,
    RateLimited,
    RequestRejected,
    Unavailable,
    UnexpectedAnswer,
)
from include.web.transport import Exchange, Failure

KEY = "a-secret-key-of-serper"


def meaning(status: int | None, body: object = None, *, headers: dict[str, str] | None = None, failure=None):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_answer(endpoints.VIDEOS, Exchange(status, headers or {}, content, failure), KEY)


@pytest.mark.parametrize(
    ("status", "body", "error", "outcome"),
    [
        (400, {"message": "Not enough credits", "statusCode": 400}, BalanceExhausted, "no_balance"),
        (400, {"message": "Query pattern not allowed for free accounts"}, PatternRefused, "rejected"),
        (400, {"message": "Missing query parameter"}, RequestRejected, "rejected"),
        (400, b"<html>", RequestRejected, "rejected"),
        (401, {"message": "x"}, AuthenticationFailed, "refused_key"),
        (403, {"message": "Unauthorized."}, AuthenticationFailed, "refused_key"),
        (402, None, BalanceExhausted, "no_balance"),
        (404, {"message": "Not Found"}, EndpointGone, "not_found"),
        (429, {"message": "Too many"}, RateLimited, "rate_limited"),
        (500, b"", Unavailable, "unavailable"),
        (503, {"error": ["x"]}, Unavailable, "unavailable"),
        (302, b"", UnexpectedAnswer, "unreadable"),
        (200, b"<html>busy</html>", UnexpectedAnswer, "unreadable"),
        (200, ["a"], UnexpectedAnswer, "unreadable"),
        (200, b'{"credits": NaN}', UnexpectedAnswer, "unreadable"),
    ],
)
def test_what_an_answer_means(status, body, error, outcome):
    """Each status, and what it says, is one error; none of those that are refused is billed."""
    answer = meaning(status, body)
    assert (type(answer.error), answer.outcome) == (error, outcome)
    assert answer.billed is (None if status == 200 else False)


def test_a_pause_that_is_asked_for_is_told():
    """A 429's Retry-After comes with the error, in seconds."""
    answer = meaning(429, {}, headers={"retry-after": "7"})
    assert isinstance(answer.error, RateLimited)
    assert answer.error.retry_after == 7


def test_an_answer_that_broke_off_may_be_billed():
    """Whether a lost answer was paid for nobody knows; what was never sent was not."""
    assert meaning(None, b"", failure=Failure("timed_out", "late")).billed is None
    assert meaning(None, b"", failure=Failure("broken", "no connection", sent=False)).billed is False


def test_the_key_shows_nowhere():
    """An echo of the key is masked in messages and in what is stored; no repr and no pickle holds it."""
    assert KEY not in str(meaning(403, {"message": f"{KEY} is wrong"}).error)
    assert KEY not in str(meaning(200, {"videos": [], "echo": KEY}).data)
    client = Serper("http://127.0.0.1:9", KEY, gate=OpenGate())
    assert KEY not in repr(client)
    with pytest.raises(TypeError, match="holds a key"):
        pickle.dumps(client)


@pytest.mark.parametrize(
    "url", ["http://google.serper.dev", "https://user:pw@google.serper.dev", "ftp://x", "https://a b"]
)
def test_a_key_travels_encrypted_only(url):
    """A base URL without encryption, with a password, or that is none is refused."""
    with pytest.raises(ValueError, match="SERPER_BASE_URL"):
        Serper(url, KEY, gate=OpenGate())


def test_requests_have_one_identity():
    """Page, language and country are part of it; no query can imitate another's; `num` is never sent."""
    subjects = {
        endpoints.videos(*given).subject
        for given in (("a",), ("a", 2), ("a", 1, "ja"), ("a", 1, None, "JP"), ("a&page=2",), ("a&hl=ja",))
    }
    assert len(subjects) == 6
    assert endpoints.videos(" a  b ").params == {"q": "a b"}
    for wrong in ("", "a\x00b", "\ud800"):
        with pytest.raises(ValueError, match="cannot be searched"):
            endpoints.videos(wrong)


def test_videos_are_read_one_by_one():
    """All but a link may be missing or odd; what has none is left out; credits that are no number are one."""
    page = parse_videos(
        {
            "videos": [
                {"link": " https://a.example/1 ", "title": "t\x1b[2J\nx", "duration": "1:02:03", "date": "3 days ago"},
                {"link": "https://a.example/2", "title": 7, "duration": "soon"},
                {"title": "no link"},
                "odd",
            ],
            "credits": "two",
        }
    )
    assert page.links == (
        Link("https://a.example/1", "t [2J x", None, "3 days ago", 3723.0, None),
        Link("https://a.example/2"),
    )
    assert (page.count, page.credits) == (4, 1)


@pytest.mark.parametrize("data", [{}, {"videos": None}, {"videos": []}])
def test_no_result_is_an_empty_page(data):
    """A missing, null or empty list says that nothing was found."""
    assert parse_videos(data) == parse_videos({"videos": []})


@pytest.mark.parametrize("data", [None, [], {"videos": {"a": 1}}, {"videos": "x"}, {"videos": [{"title": "no link"}]}])
def test_what_is_no_page_is_refused(data):
    """Another type than a list, or a list without any link, is no empty result."""
    with pytest.raises(UnexpectedAnswer):
        parse_videos(data)


def test_the_sandbox_answers_by_contract(sandbox: RunningSandbox):
    """A page has its echo, at most ten videos, each with its place, and what it cost; a page beyond the end has no list."""
    with Serper(f"{sandbox.url}/serper", sandbox.key, gate=OpenGate()) as client:
        first = client.fetch(endpoints.videos("tiktok tokyo ramen spots")).data
        beyond = client.fetch(endpoints.videos("tiktok tokyo ramen spots", 9)).data
    assert first["searchParameters"] == {"q": "tiktok tokyo ramen spots", "type": "videos", "engine": "google"}
    assert [item["position"] for item in first["videos"]] == list(range(1, len(first["videos"]) + 1))
    assert ("videos" in beyond, beyond["credits"]) == (False, 1)
    assert sandbox.serper()["credits"] == 2_500 - 2


@pytest.mark.parametrize("kind", ["html", "truncate", "oversize", "gzip_bomb", "empty", "reset", "wrong_length"])
def test_a_damaged_answer_is_told(sandbox: RunningSandbox, kind):
    """Whatever breaks an answer on its way, an error says so in time, and what may be billed is tried once more at most."""
    sandbox.inject({"match": {"endpoint": "serper_videos"}, "times": 9, "action": {"kind": kind}})
    client = Serper(f"{sandbox.url}/serper", sandbox.key, gate=OpenGate(), deadline=5, max_retries=1, backoff=0.01)
    with client, pytest.raises((UnexpectedAnswer, Unavailable)) as caught:
        client.fetch(endpoints.videos("ramen"))
    assert 1 <= len(caught.value.attempts) <= 2

"""What the client does about every kind of answer: how often it asks, what it raises, what it records."""

from __future__ import annotations

import json
import pickle
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from include.tikhub.client import OpenGate, TikHub
from include.tikhub.endpoints import account, trending_words, user_profile, video_search
from include.tikhub.errors import (
    AuthenticationFailed,
    BalanceExhausted,
    BudgetSpent,
    EndpointGone,
    Forbidden,
    NotFound,
    RateLimited,
    RequestRejected,
    RunStopped,
    TikHubError,
    Unavailable,
    UnexpectedAnswer,
)
from include.vendors.asking import MOST_THROTTLED, OUTCOMES
from include.vendors.bodies import read_json, read_retry_after
from tests.fixtures.raw_server import KEY, answer, envelope, good

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class CountingGate:
    """Lets `budget` requests through at once and remembers the pauses that were asked for."""

    def __init__(self, budget=1000):
        self.left = budget
        self.pauses = []

    def wait_turn(self):
        if self.left == 0:
            raise BudgetSpent("the budget of calls is used up", endpoint="")
        self.left -= 1

    def pause(self, seconds):
        self.pauses.append(seconds)


def drops_connection(connection):
    connection.close()


def outcomes(attempts):
    return [attempt.outcome for attempt in attempts]


def test_an_answer_arrives_with_its_attempt(serve, client_of):
    """A good answer is the data under "data", its request id, and one billed attempt."""
    reply = client_of(serve(good({"a": "ü😀"})).url).fetch(video_search("ramen", 20))
    (attempt,) = reply.attempts
    assert (reply.data, reply.request_id) == ({"a": "ü😀"}, "made-up")
    assert (attempt.endpoint, attempt.params_subject) == ("video_search", "keyword=ramen&offset=20")
    assert (attempt.outcome, attempt.http_status, attempt.billed, attempt.error) == (
        "answered",
        200,
        True,
        None,
    )
    assert attempt.started_at.tzinfo is UTC


def test_the_request_goes_out_as_tikhub_wants_it(serve, client_of):
    """Path, escaped parameters and the key are where TikHub looks for them; there is no cookie."""
    server = serve(answer(200, envelope({}), "Set-Cookie: a=b"))
    client = client_of(server.url)
    client.fetch(video_search("ramen & 麺", 20))
    client.fetch(trending_words())
    head = server.requests[0].decode()
    target = "/api/v1/tiktok/app/v3/fetch_video_search_result?keyword=ramen+%26+%E9%BA%BA&offset=20&count=20"
    assert head.splitlines()[0] == f"GET {target} HTTP/1.1"
    assert f"Authorization: Bearer {KEY}" in head.splitlines()
    assert b"cookie" not in server.requests[1].lower()


@pytest.mark.parametrize("status", [400, 408, 425, 500, 502, 503, 529])
def test_server_trouble_is_tried_three_times_more(serve, client_of, status):
    """400, 408, 425 and 5xx are retried, then the item fails; none of it is billed."""
    server = serve(answer(status, b'{"detail": {"message": "please retry"}}'))
    with pytest.raises(Unavailable, match="please retry") as caught:
        client_of(server.url).fetch(trending_words())
    assert (4, status) == (len(server.requests), caught.value.status)
    assert [(a.outcome, a.billed) for a in caught.value.attempts] == [("unavailable", False)] * 4


def test_trouble_that_passes_is_overcome(serve, client_of):
    """An answer after two failures is an answer, and tells of all three attempts."""
    server = serve(answer(503, b""), drops_connection, good())
    reply = client_of(server.url).fetch(trending_words())
    assert outcomes(reply.attempts) == ["unavailable", "unavailable", "answered"]
    assert [attempt.billed for attempt in reply.attempts] == [False, None, True]


def test_no_server_at_all(client_of, serve):
    """A refused connection is transient, was never billed, and has no status."""
    server = serve(good())
    server.close()
    with pytest.raises(Unavailable) as caught:
        client_of(server.url, max_retries=1).fetch(trending_words())
    assert [(a.outcome, a.http_status, a.billed) for a in caught.value.attempts] == [("unavailable", None, False)] * 2


@pytest.mark.parametrize(
    ("status", "error", "outcome", "advice"),
    [
        (401, AuthenticationFailed, "refused_key", "TIKHUB_API_KEY"),
        (402, BalanceExhausted, "no_balance", "Top up"),
        (403, Forbidden, "forbidden", "permission"),
    ],
)
@pytest.mark.parametrize("in_envelope", [False, True])
def test_what_stops_the_run_is_asked_once(serve, client_of, status, error, outcome, advice, in_envelope):
    """401, 402 and 403, as status or as the envelope's code, are raised at once and say which it was."""
    body = envelope(None, code=status) if in_envelope else b'{"detail": "no"}'
    server = serve(answer(200 if in_envelope else status, body))
    with pytest.raises(error, match=advice) as caught:
        client_of(server.url).fetch(trending_words())
    assert isinstance(caught.value, RunStopped)
    assert (1, [outcome], status) == (
        len(server.requests),
        outcomes(caught.value.attempts),
        caught.value.status,
    )
    assert caught.value.attempts[0].billed is False


@pytest.mark.parametrize(
    ("detail", "quoted"),
    [
        ([{"loc": ["query", "count"], "msg": "not an int", "input": "secret"}], "query.count: not an int"),
        ({"message": "bad  count\n", "code": 422}, "bad count"),
        ("plain words", "plain words"),
        (17, None),
        (None, None),
        ([1, None, {}], None),
    ],
)
def test_a_rejected_request_is_our_bug(serve, client_of, detail, quoted):
    """422 is not retried; its message is quoted whatever form `detail` has, its input never."""
    server = serve(answer(422, json.dumps({"detail": detail}).encode()))
    with pytest.raises(RequestRejected) as caught:
        client_of(server.url).fetch(trending_words())
    assert quoted is None or f'"{quoted}"' in str(caught.value)
    assert "secret" not in str(caught.value)
    assert (len(server.requests), outcomes(caught.value.attempts)) == (1, ["rejected"])


@pytest.mark.parametrize("request_", [trending_words(), video_search("ramen"), account()])
def test_a_missing_endpoint_is_a_configuration_error(serve, client_of, request_):
    """404 where no single creator or hashtag was asked for means that the path has changed."""
    with pytest.raises(EndpointGone, match=r"gone \(404\)"):
        client_of(serve(answer(404, b'{"detail": "Not Found"}')).url).fetch(request_)


@pytest.mark.parametrize(
    ("body", "route_missing"),
    [
        (b'{"detail": {"message": "no such user"}}', False),
        (b'{"detail": "Not Found"}', True),
        (b"<html>", False),
    ],
)
def test_a_missing_creator_is_not_found(serve, client_of, body, route_missing):
    """404 on a profile is NotFound, asked once; the router's own words are told apart."""
    server = serve(answer(404, body))
    with pytest.raises(NotFound) as caught:
        client_of(server.url).fetch(user_profile("user_id", "7", subject="7"))
    assert (1, route_missing) == (len(server.requests), caught.value.route_missing)
    assert [(a.outcome, a.params_subject) for a in caught.value.attempts] == [("not_found", "7")]


UNUSABLE_200 = {
    "html": answer(200, b"<html>Bad gateway</html>"),
    "truncated": answer(200, envelope({"a": 1})[:-4]),
    "empty": answer(200, b""),
    "list": answer(200, b"[]"),
    "no code": answer(200, b'{"data": {}}'),
    "no data": answer(200, b'{"code": 200}'),
    "boolean code": answer(200, b'{"code": true, "data": {}}'),
    "NaN": answer(200, b'{"code": 200, "data": {"a": NaN}}'),
    "Infinity": answer(200, b'{"code": 200, "data": {"a": -Infinity}}'),
    "1e999": answer(200, b'{"code": 200, "data": {"a": 1e999}}'),
    "latin-1": answer(200, '{"code": 200, "data": "é"}'.encode("latin-1")),
    "deep": answer(200, b'{"code": 200, "data": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
    "deep enough to load": answer(200, b'{"code": 200, "data": ' + b"[" * 150 + b"]" * 150 + b"}"),
    "endless number": answer(200, b'{"code": 200, "data": ' + b"9" * 100_000 + b"}"),
    "too large": answer(200, envelope("x" * 300_000)),
    "not gzip": answer(200, envelope({}), "Content-Encoding: gzip"),
    "short of its length": answer(200, envelope({}), length=5_000),
    "broken chunks": answer(200, b"zz\r\n", "Transfer-Encoding: chunked"),
}


@pytest.mark.parametrize("name", UNUSABLE_200)
def test_a_200_that_cannot_be_used_is_asked_for_once_more_only(serve, client_of, name):
    """It may have been billed, so there is one more try, however many retries are allowed."""
    server = serve(UNUSABLE_200[name])
    with pytest.raises((UnexpectedAnswer, Unavailable)) as caught:
        client_of(server.url, max_bytes=250_000, max_retries=9).fetch(trending_words())
    assert (len(server.requests), outcomes(caught.value.attempts)) == (2, ["unreadable"] * 2)
    assert all(attempt.billed is not False for attempt in caught.value.attempts)


def test_a_whole_float_is_a_code(serve, client_of):
    """200.0 is 200."""
    body = b'{"code": 200.0, "request_id": "made-up", "data": {"status_code": 0}}'
    assert client_of(serve(answer(200, body)).url).fetch(trending_words()).data == {"status_code": 0}


def test_a_200_that_is_usable_the_second_time_is_used(serve, client_of):
    """One more try after an unusable 200 is enough where the second answer is good."""
    reply = client_of(serve(UNUSABLE_200["html"], good()).url).fetch(trending_words())
    assert outcomes(reply.attempts) == ["unreadable", "answered"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(serve, client_of, status):
    """A redirect is an error that names the setting to check; nobody is asked at its target."""
    elsewhere = serve(good())
    server = serve(answer(status, b"x" * 100, f"Location: {elsewhere.url}/"))
    with pytest.raises(UnexpectedAnswer, match="TIKHUB_BASE_URL"):
        client_of(server.url).fetch(trending_words())
    assert (len(server.requests), len(elsewhere.requests)) == (1, 0)


def test_the_environment_sends_no_call_elsewhere(serve, client_of, monkeypatch):
    """A proxy in the environment sees neither the request nor the key."""
    proxy, server = serve(good()), serve(good())
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("http_proxy", proxy.url)
    client_of(server.url).fetch(trending_words())
    assert (len(server.requests), len(proxy.requests)) == (1, 0)


def test_an_error_code_in_a_200_counts_as_that_status(serve, client_of):
    """An envelope with code 500 in an HTTP 200 is server trouble, not billed and retried in full."""
    server = serve(answer(200, envelope(None, code=500)))
    with pytest.raises(Unavailable) as caught:
        client_of(server.url).fetch(trending_words())
    assert [(a.outcome, a.http_status, a.billed) for a in caught.value.attempts] == [("unavailable", 200, False)] * 4


def test_the_account_is_read_at_the_top_level(serve, client_of):
    """The account's answer has no "data"; the whole of it is the data, and it is free."""
    body = {"code": 200, "user_data": {"balance": 1.5}, "api_key_data": {}}
    reply = client_of(serve(answer(200, json.dumps(body).encode())).url).fetch(account())
    assert (reply.data, reply.attempts[0].billed) == (body, False)


def test_unstorable_characters_are_taken_out(serve, client_of):
    """NUL and lone surrogates leave the data, real pairs stay."""
    body = rb'{"code": 200, "data": {"a\u0000": "x\ud800y\u0000z \ud83d\ude00 \\u0000"}}'
    assert client_of(serve(answer(200, body)).url).fetch(trending_words()).data == {"a": "xyz 😀 \\u0000"}


def test_a_429_pauses_everybody_and_costs_no_try(serve, client_of):
    """Retry-After goes to the gate; the request is tried again although no retries are allowed."""
    gate = CountingGate()
    server = serve(answer(429, b"", "Retry-After: 7"), answer(429, b"", "Retry-After: soon"), good())
    reply = client_of(server.url, gate=gate, max_retries=0).fetch(trending_words())
    assert outcomes(reply.attempts) == ["rate_limited", "rate_limited", "answered"]
    assert gate.pauses[0] == 7
    assert 1 <= gate.pauses[1] <= 2


def test_an_open_gate_keeps_to_the_pause(serve, client_of):
    """Without a shared limiter the pause is kept all the same."""
    server = serve(answer(429, b"", "Retry-After: 0.3"), good())
    started = time.monotonic()
    client_of(server.url).fetch(trending_words())
    assert 0.28 <= time.monotonic() - started <= 10


def test_endless_429s_end(serve, client_of):
    """After its own number of tries a throttled request fails, and says what was asked of it."""
    gate = CountingGate()
    server = serve(answer(429, b"", "Retry-After: 2"))
    with pytest.raises(RateLimited) as caught:
        client_of(server.url, gate=gate).fetch(trending_words())
    assert (len(server.requests), caught.value.retry_after) == (MOST_THROTTLED + 1, 2.0)
    assert gate.pauses == [2.0] * (MOST_THROTTLED + 1)


def test_a_pause_beyond_patience_is_handed_to_the_caller(serve, client_of):
    """A day's Retry-After is cut to an hour, holds the gate, and does not hold the caller."""
    gate = CountingGate()
    server = serve(answer(429, b"", "Retry-After: 86400"))
    with pytest.raises(RateLimited) as caught:
        client_of(server.url, gate=gate).fetch(trending_words())
    assert (len(server.requests), gate.pauses, caught.value.retry_after) == (1, [3600.0], 3600.0)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("12", 12.0),
        ("1.5", 1.5),
        ("86400", 3600.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
        (format_datetime(NOW + timedelta(days=9), usegmt=True), 3600.0),
        ("abc", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("٣", None),
        ("", None),
        (None, None),
        ("Mon, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    """Both forms are understood, an hour is the most, nonsense is nothing."""
    assert seconds == read_retry_after(value, NOW)


def test_a_spent_budget_ends_the_tries(serve, client_of):
    """What the gate raises reaches the caller with the attempts made until then."""
    server = serve(answer(503, b""))
    with pytest.raises(BudgetSpent) as caught:
        client_of(server.url, gate=CountingGate(budget=2)).fetch(trending_words())
    assert (len(server.requests), outcomes(caught.value.attempts)) == (2, ["unavailable"] * 2)


def test_pauses_between_tries_grow_and_vary(serve, client_of):
    """Full jitter: each pause lies between nothing and a bound that doubles."""
    slept: list[float] = []
    client = client_of(serve(answer(500, b"")).url, backoff=1.0, sleep=slept.append)
    for _ in range(20):
        with pytest.raises(Unavailable):
            client.fetch(trending_words())
    by_position = [slept[position::3] for position in range(3)]
    assert [0 <= max(p) <= bound for p, bound in zip(by_position, (1, 2, 4), strict=True)] == [True] * 3
    assert max(by_position[2]) > 1
    assert len(set(slept)) == 60


def test_threads_share_a_client(serve, client_of):
    """Many threads at once get their own answers over at most as many connections."""
    from concurrent.futures import ThreadPoolExecutor

    server = serve(good())
    client = client_of(server.url, threads=8)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(client.fetch, [video_search("ramen", n) for n in range(80)]))
    assert [f"keyword=ramen&offset={n}" for n in range(80)] == [r.attempts[0].params_subject for r in replies]
    assert server.connections <= 8


def test_errors_survive_pickling(serve, client_of):
    """Class, message, attempts and details of an error are the same in another process."""
    with pytest.raises(TikHubError) as caught:
        client_of(serve(answer(404, b'{"detail": "Not Found"}')).url).fetch(user_profile("user_id", "7"))
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert (type(caught.value), str(caught.value), vars(caught.value)) == (type(copy), str(copy), vars(copy))


def test_a_closed_vocabulary_of_outcomes():
    """The ledger's words for outcomes are these ten."""
    assert OUTCOMES == (
        "answered", "rate_limited", "unavailable", "timed_out", "refused_key",
        "no_balance", "forbidden", "rejected", "not_found", "unreadable",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("base_url", "complaint"),
    [
        ("http://api.tikhub.io", "must use https"),
        ("http://127.0.0.1.evil.example", "must use https"),
        ("https://user:pass@api.tikhub.io", "user name or password"),
        ("http://localhost@evil.example", "user name or password"),
        ("ftp://api.tikhub.io", "must look like"),
        ("api.tikhub.io", "must look like"),
        ("", "must look like"),
        ("https://", "must look like"),
        ("https://api.tikhub.io?a=b", "query"),
        ("https://api.tikhub.io#x", "query"),
        ("https://api.tikhub.io\\@evil.example", "must"),
        ("https://api.tikhub.io:notaport", "port"),
        ("https://api.tikhub.io:99999", "port"),
        ("https://[::1", "must"),
    ],
)
def test_a_base_url_that_must_not_see_the_key(base_url, complaint):
    """A base URL without encryption, with user-info or of another form is refused in words."""
    with pytest.raises(ValueError, match=complaint) as caught:
        TikHub(base_url, KEY, gate=OpenGate())
    assert "pass" not in str(caught.value).replace("password", "")


@pytest.mark.parametrize(
    "base_url", ["https://api.tikhub.io/", "http://127.0.0.1:8099", "http://localhost:1", "http://[::1]:80"]
)
def test_a_base_url_that_may_see_the_key(base_url):
    """https anywhere, http on this machine."""
    assert repr(TikHub(base_url, KEY, gate=OpenGate())) == f"TikHub({base_url.rstrip('/')!r}, api_key=***)"


@pytest.mark.parametrize("key", ["", " ", "abc\n", "abc def", "ключ", "a\x00b", " abc"])
def test_a_key_that_cannot_be_a_key(key):
    """A key that no header can carry is refused without being printed."""
    with pytest.raises(ValueError, match="TIKHUB_API_KEY") as caught:
        TikHub("https://api.tikhub.io", key, gate=OpenGate())
    assert not key.strip() or key.strip() not in str(caught.value)


def test_numbers_keep_every_digit():
    """19-digit ids pass through JSON as they are."""
    assert read_json(b'{"uid": 7999999999999999991}') == {"uid": 7_999_999_999_999_999_991}

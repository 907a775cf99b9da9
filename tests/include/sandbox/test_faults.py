"""Each scripted fault does over HTTP what it says, to the requests it names, as often as it says."""

import gzip
import json
import math
import socket
from datetime import UTC, datetime
from time import monotonic

import pytest
import requests

PROFILE = "/api/v1/tiktok/app/v3/handler_user_profile"
SEARCH = "/api/v1/tiktok/app/v3/fetch_video_search_result"
WORDS = "/api/v1/tiktok/web/fetch_trending_searchwords"
NOW = datetime(2026, 11, 21, 2, 0, 0, tzinfo=UTC)


def _rule(kind, *, match=None, times=1, **action):
    return {"match": match or {}, "times": times, "action": {"kind": kind, **action}}


def _raw(sandbox, path=WORDS, seconds=5.0):
    """Everything the server says to one request until it closes, is reset ("reset"), or time is up ("silence")."""
    host, port = sandbox.url.removeprefix("http://").split(":")
    ending, said = "closed", b""
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {sandbox.key}\r\n\r\n"
        connection.sendall(request.encode())
        try:
            while piece := connection.recv(65_536):
                said += piece
        except ConnectionResetError:
            ending = "reset"
        except TimeoutError:
            ending = "silence"
    return said, ending


def _status(sandbox, **params):
    return sandbox.get(PROFILE, **params).status_code


def test_a_status_comes_with_its_own_body_and_headers(sandbox):
    """`status` sends any status, body and headers; a 429 without headers of its own has Retry-After: 1."""
    sandbox.inject(
        _rule("status", status=503, body={"detail": "busy"}, headers={"Retry-After": "abc"}),
        _rule("status", status=429),
        _rule("status", status=429, headers={}),
        _rule("status", status=302, headers={"Location": "http://127.0.0.1:1/"}, body=""),
    )
    answers = [sandbox.get(WORDS) for _ in range(3)]
    assert [(a.status_code, a.headers.get("Retry-After")) for a in answers] == [(503, "abc"), (429, "1"), (429, None)]
    assert answers[0].json() == {"detail": "busy"}
    assert b"302 Found\r\n" in _raw(sandbox, seconds=0.5)[0]
    assert sandbox.account()["billed_today"] == 0


def test_a_scripted_402_echoes_the_key(sandbox):
    """A scripted 402 has the vendor's body, headers and key included."""
    sandbox.inject(_rule("status", status=402))
    assert f"Bearer {sandbox.key}" == sandbox.get(WORDS).json()["detail"]["headers"]["Authorization"]


def test_a_drip_comes_byte_by_byte(sandbox):
    """`drip` sends the head, then one byte of the body at a time; with where=headers the head drips too."""
    sandbox.inject(_rule("drip", seconds_per_byte=3), _rule("drip", seconds_per_byte=3, where="headers"))
    body, _ = _raw(sandbox, seconds=1.0)
    assert b"\r\n\r\n" in body
    assert len(body.split(b"\r\n\r\n", 1)[1]) <= 1
    assert len(_raw(sandbox, seconds=1.0)[0]) <= 1


def test_a_hang_says_nothing_or_half(sandbox):
    """`hang` is silent before the head, or stops in the middle of the body; it can end after some seconds."""
    sandbox.inject(_rule("hang"), _rule("hang", where="body"), _rule("hang", seconds=0.2))
    assert _raw(sandbox, seconds=0.5) == (b"", "silence")
    half, ending = _raw(sandbox, seconds=0.5)
    head, body = half.split(b"\r\n\r\n", 1)
    promised = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
    assert (promised // 2, "silence") == (promised - len(body), ending)
    assert _raw(sandbox) == (b"", "closed")
    assert [entry["billed"] for entry in sandbox.log()] == [False, True, False]


def test_a_truncated_answer_is_whole_http_and_half_json(sandbox):
    """`truncate` cuts the JSON, and the length says so."""
    sandbox.inject(_rule("truncate", bytes=100), _rule("truncate"))
    answers = [sandbox.get(WORDS) for _ in range(2)]
    assert [len(answers[0].content), len(answers[1].content) > 1000] == [100, True]
    with pytest.raises(json.JSONDecodeError):
        answers[1].json()


def test_an_oversized_answer_has_its_bytes(sandbox):
    """`oversize` sends valid JSON of the size asked for."""
    sandbox.inject(_rule("oversize", bytes=3_000_000))
    answer = sandbox.get(WORDS)
    assert (len(answer.content), answer.json()["code"]) == (3_000_000, 200)


def test_a_gzip_bomb_is_small_until_it_is_unpacked(sandbox):
    """`gzip_bomb` unpacks to a thousand times its size."""
    sandbox.inject(_rule("gzip_bomb", bytes=20_000_000))
    answer = requests.get(
        sandbox.url + WORDS, headers={"Authorization": f"Bearer {sandbox.key}"}, stream=True, timeout=10
    )
    packed = answer.raw.read(decode_content=False)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(packed) < 50_000
    assert len(gzip.decompress(packed)) > 20_000_000


def test_html_comes_with_status_200(sandbox):
    """`html` is a captcha page in place of an answer, unbilled."""
    sandbox.inject(_rule("html"))
    answer = sandbox.get(WORDS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "human" in answer.text
    assert sandbox.account()["billed_today"] == 0


def test_another_users_profile_comes_instead(sandbox):
    """`other_user` answers with the next creator's profile, or a chosen one's."""
    sandbox.set_clock(NOW)
    active = [c for c in sandbox.truth(NOW.date()) if c["answers"] == "active" and not c["refuses_user_id"]]
    asked, chosen = active[0], active[5]
    sandbox.inject(_rule("other_user"), _rule("other_user", user_id=chosen["user_id"]))
    uids = [sandbox.get(PROFILE, user_id=asked["user_id"]).json()["data"]["user"]["uid"] for _ in range(3)]
    assert [chosen["user_id"], asked["user_id"]] == uids[1:]
    assert uids[0] not in (asked["user_id"], chosen["user_id"])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"value": "12.3K"}, "12.3K"),
        ({"value": None}, None),
        ({"value": True}, True),
        ({"value": -1}, -1),
        ({"value": 1e308}, 1e308),
        ({"value": 2**63}, 2**63),
        ({"value": [1]}, [1]),
        ({"value": "a\x00b\ud800"}, "a\x00b\ud800"),
        ({"literal": "1e400"}, math.inf),
        ({"literal": "12.0"}, 12.0),
        ({"missing": True}, "absent"),
    ],
)
def test_a_field_takes_any_value(sandbox, change, expected):
    """`field` sets one field to any JSON value or literal, or takes it away."""
    sandbox.set_clock(NOW)
    handle = next(c for c in sandbox.truth(NOW.date()) if c["answers"] == "active")["handle"]
    sandbox.inject(_rule("field", path="data.user.follower_count", **change))
    user = sandbox.get(PROFILE, unique_id=handle).json()["data"]["user"]
    assert expected == user.get("follower_count", "absent")


def test_a_field_can_be_nan(sandbox):
    """NaN, which is no JSON, is sent as it stands."""
    sandbox.inject(_rule("field", path="code", value=math.nan), _rule("field", path="code", literal="NaN"))
    assert [sandbox.get(WORDS).text.startswith('{"code":NaN,') for _ in range(2)] == [True, True]


def test_a_field_path_reaches_into_lists(sandbox):
    """A number names a place in a list, `*` all of them."""
    sandbox.inject(
        _rule("field", path="data.search_item_list.1.aweme_info", value=None),
        _rule("field", path="data.search_item_list.*.aweme_info.author.nickname", value="x"),
    )
    first, second = (sandbox.get(SEARCH, keyword="a").json()["data"]["search_item_list"] for _ in range(2))
    assert [item["aweme_info"] is None for item in first[:3]] == [False, True, False]
    assert {"x"} == {item["aweme_info"]["author"]["nickname"] for item in second}


def test_a_reset_drops_the_connection(sandbox):
    """`reset` ends with a TCP reset, before a word is said or in the middle of the body."""
    sandbox.inject(_rule("reset"), _rule("reset", where="body"))
    assert _raw(sandbox) == (b"", "reset")
    half, ending = _raw(sandbox)
    assert (half.startswith(b"HTTP/1.1 200 OK"), ending) == (True, "reset")


def test_a_slow_answer_is_late_and_whole(sandbox):
    """`slow` waits, then answers as ever."""
    sandbox.inject(_rule("slow", seconds=0.3))
    started = monotonic()
    assert sandbox.get(WORDS).json()["code"] == 200
    assert 0.3 <= monotonic() - started < 5


@pytest.mark.parametrize("delta", [64, -10])
def test_a_wrong_length_is_not_what_was_sent(sandbox, delta):
    """`wrong_length` promises more or fewer bytes than come."""
    sandbox.inject(_rule("wrong_length", delta=delta))
    said, ending = _raw(sandbox)
    head, body = said.split(b"\r\n\r\n", 1)
    assert (len(body) + delta, "closed") == (int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0]), ending)


def test_an_empty_answer_is_a_200_without_a_body(sandbox):
    """`empty` is a 200 of no bytes, billed."""
    sandbox.inject(_rule("empty"))
    answer = sandbox.get(WORDS)
    assert (answer.status_code, answer.content, sandbox.account()["billed_today"]) == (200, b"", 1)


def test_rules_match_what_they_name(sandbox):
    """Endpoint, subject and creator (by whichever id) select requests."""
    sandbox.set_clock(NOW)
    truth = next(c for c in sandbox.truth(NOW.date()) if c["answers"] == "active" and not c["refuses_user_id"])
    sandbox.inject(
        _rule("status", status=500, match={"endpoint": "user_profile", "user_id": truth["user_id"]}, times=None),
        _rule("status", status=502, match={"subject_contains": "keyword=blue tea"}, times=None),
    )
    assert [
        _status(sandbox, unique_id=truth["handle"]),
        _status(sandbox, user_id=truth["user_id"]),
        _status(sandbox, user_id="1" * 19),
    ] == [500, 500, 200]
    assert [sandbox.get(SEARCH, keyword=word).status_code for word in ("blue tea", "green tea")] == [502, 200]


@pytest.mark.parametrize(
    ("match", "times", "expected"),
    [
        ({"nth": 2}, 1, [200, 500, 200, 200, 200, 200]),
        ({"every": 2}, None, [200, 500, 200, 500, 200, 500]),
        ({}, 2, [500, 500, 200, 200, 200, 200]),
        ({}, None, [500] * 6),
        ({}, 0, [200] * 6),
    ],
)
def test_rules_strike_as_often_as_they_say(sandbox, match, times, expected):
    """nth, every and times choose among the requests that match."""
    sandbox.inject(_rule("status", status=500, match=match, times=times))
    assert expected == [sandbox.get(WORDS).status_code for _ in range(6)]


def test_chance_is_repeatable(sandbox):
    """A probability strikes the same requests each time it is scripted with the same seed."""
    runs = []
    for _ in range(2):
        sandbox.clear_faults()
        sandbox.inject({**_rule("status", status=500, times=None), "probability": 0.5, "seed": 3})
        runs.append([sandbox.get(WORDS).status_code for _ in range(20)])
    assert runs[0] == runs[1]
    assert {200, 500} == set(runs[0])


def test_images_can_fail_too(sandbox):
    """A rule on `image` strikes image requests and nothing else."""
    url = sandbox.get(SEARCH, keyword="a").json()["data"]["search_item_list"][0]["aweme_info"]["author"]["avatar_thumb"]
    sandbox.inject(_rule("status", status=503, match={"endpoint": "image"}))
    assert [sandbox.get(WORDS).status_code, requests.get(url["url_list"][-1], timeout=30).status_code] == [200, 503]


@pytest.mark.parametrize(
    "rule",
    [
        {"match": {}},
        {"action": {"kind": "explode"}},
        {"match": {"endpiont": "user_profile"}, "action": {"kind": "empty"}},
        {"match": {"endpoint": "profile"}, "action": {"kind": "empty"}},
        {"action": {"kind": "field", "path": "a"}},
        {"action": {"kind": "status"}},
        {"match": {"every": 0}, "action": {"kind": "empty"}},
    ],
)
def test_a_rule_with_a_slip_is_refused(sandbox, rule):
    """A rule that could never do what was meant is an error, and no rule of its list is added."""
    with pytest.raises(ValueError, match="422"):
        sandbox.inject(_rule("empty"), rule)
    assert sandbox.faults() == []


def test_a_struck_request_says_so_in_the_log(sandbox):
    """The log names the fault; the rule counts what it saw and struck."""
    sandbox.inject(_rule("empty", match={"endpoint": "trending_words"}))
    for _ in range(2):
        sandbox.get(WORDS)
    assert [entry["fault"] for entry in sandbox.log()] == ["empty", None]
    assert [(rule["seen"], rule["fired"]) for rule in sandbox.faults()] == [(2, 1)]

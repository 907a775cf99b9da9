"""The key is nowhere but in the request's own header."""

from __future__ import annotations

import json
import logging
import pickle
import time
import traceback
from urllib.parse import quote

import pytest

from include.tikhub.client import OpenGate, TikHub
from include.tikhub.endpoints import trending_words
from include.tikhub.errors import BalanceExhausted, TikHubError
from include.vendors.redaction import conceal, redact
from tests.fixtures.raw_server import KEY, answer

OTHER_KEY = "somebody-elses-key"


def echo_of_the_headers(status):
    headers = {"Host": "x", "Authorization": f"Bearer {KEY}", "authorization": f"Bearer {OTHER_KEY}"}
    message = f"no balance for Authorization: Bearer {KEY} and {quote(KEY, safe='')} and bearer {OTHER_KEY}"
    body = {"detail": {"code": status, "message": message, "headers": headers}}
    return answer(status, json.dumps(body).encode(), f"X-Echo: Bearer {KEY}")


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422, 500, 302])
def test_an_echoed_key_does_not_leave_the_client(serve, client_of, caplog, status):
    """Neither message, attempts, pickle, traceback, chained exceptions nor debug logs hold an echoed key."""
    caplog.set_level(logging.DEBUG)
    client = client_of(serve(echo_of_the_headers(status)).url)
    with pytest.raises(TikHubError) as caught:
        client.fetch(trending_words())
    seen = "\n".join(
        [
            str(caught.value),
            repr(caught.value),
            repr(vars(caught.value)),
            repr(caught.value.attempts),
            repr(pickle.dumps(caught.value)),
            "".join(traceback.format_exception(caught.value)),
            caplog.text,
            repr(client),
        ]
    )
    assert [secret for secret in (KEY, quote(KEY, safe=""), OTHER_KEY) if secret in seen] == []
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_a_broken_connection_chains_nothing(serve, client_of):
    """The library's exceptions hold the prepared request with its header: none of them is kept."""
    client = client_of(serve(lambda connection: connection.close()).url)
    with pytest.raises(TikHubError) as caught:
        client.fetch(trending_words())
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_an_echo_in_a_success_is_masked(serve, client_of):
    """What is stored of a good answer holds no key either."""
    body = json.dumps({"code": 200, "data": {"echo": f"Bearer {KEY}"}}).encode()
    assert client_of(serve(answer(200, body)).url).fetch(trending_words()).data == {"echo": "Bearer ***"}


@pytest.mark.parametrize(
    "spelled",
    [
        KEY,
        KEY.replace("/", "\\/"),
        KEY.replace("=", "\\u003d"),
        KEY.replace("-", "\\u002D").replace("/", "\\u002f"),
        "".join(f"\\u{ord(letter):04x}" for letter in KEY),
        KEY[:9] + "\\u0000\\ud800" + KEY[9:],
        KEY.replace("=", "\\\\u003d").replace("/", "\\\\\\/"),
        quote(KEY, safe=""),
    ],
)
def test_an_echo_in_a_success_is_masked_however_it_is_spelled(serve, client_of, spelled):
    """JSON may escape any letter, a text may hold JSON or an address: in values, names and the request's id."""
    body = f'{{"code":200,"request_id":"{spelled}","data":{{"a{spelled}":["x {spelled}, y",1]}}}}'
    reply = client_of(serve(answer(200, body.encode())).url).fetch(trending_words())
    assert (reply.data, reply.request_id) == ({"a***": ["x ***, y", 1]}, "***")


def test_an_echo_across_the_end_of_a_quote_is_masked(serve, client_of):
    """A long message is cut only after the key in it was masked."""
    body = json.dumps({"detail": {"message": " " * 3_990 + KEY}}).encode()
    with pytest.raises(BalanceExhausted) as caught:
        client_of(serve(answer(402, body)).url).fetch(trending_words())
    assert KEY[:8] not in str(caught.value)


def test_a_number_is_no_echo(serve):
    """A key of digits alone costs no answer in which the same number is a count."""
    body = json.dumps({"code": 200, "data": {"count": 1234567890, "echo": "1234567890"}}).encode()
    with TikHub(serve(answer(200, body)).url, "1234567890", gate=OpenGate()) as client:
        assert client.fetch(trending_words()).data == {"count": 1234567890, "echo": "***"}


def test_a_short_key_could_be_any_word(serve):
    """Of fewer than eight letters, it is left alone in answers."""
    body = json.dumps({"code": 200, "data": {"word": "ramen \\u0072amen"}}).encode()
    with TikHub(serve(answer(200, body)).url, "ramen", gate=OpenGate()) as client:
        assert client.fetch(trending_words()).data == {"word": "ramen \\u0072amen"}


def test_looking_for_an_echo_takes_no_time():
    """A megabyte of backslashes or per cent signs is read through once, not once for each of them."""
    began = time.process_time()
    for letter in "\\%":
        text = letter * 2**20
        assert conceal(text, KEY) == text
    assert time.process_time() - began < 5


def test_a_client_is_not_pickled(client_of):
    """Pickling a client is refused in words that do not hold the key."""
    client = client_of("https://api.tikhub.io")
    with pytest.raises(TypeError, match="holds a key") as caught:
        pickle.dumps(client)
    assert KEY not in str(caught.value)
    assert KEY not in repr(vars(client))


def test_the_message_says_what_to_do(serve, client_of):
    """A 402 names the endpoint, quotes a short masked message and tells the next step."""
    body = json.dumps({"detail": {"message": f"Bearer {KEY} has no money " + "x" * 5_000}}).encode()
    with pytest.raises(BalanceExhausted) as caught:
        client_of(serve(answer(402, body)).url).fetch(trending_words())
    assert str(caught.value).startswith('trending_words: the TikHub balance is used up (402). It says: "Bearer *** has')
    assert str(caught.value).endswith("Top up, then run again.")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("nothing here", "nothing here"),
        ("Bearer abc.def-1", "Bearer ***"),
        ("bearer  abc, next", "Bearer ***, next"),
        ('{"Authorization": "Bearer abc", "a": 1}', '{"Authorization": ***, "a": 1}'),
        ('{\\"authorization\\": \\"Bearer abc\\"}', '{\\"authorization\\": ***}'),
        ("{'Authorization': 'Basic YWJj'}", "{'Authorization': ***}"),
        ("Authorization: Token abc\nHost: x", "Authorization: ***\nHost: x"),
        ("authorization=abc&x=1", "authorization=***"),
        ("[['authorization', 'abc']]", "[['authorization', ***]]"),
        ("the key is s3cr/et=", "the key is ***"),
        ("the key is s3cr\\/et=", "the key is ***"),
        ("the key is s3cr%2Fet%3D", "the key is ***"),
        ("the key is s3cr\\\\/et\\u003D", "the key is ***"),
        ("%73%33cr%2fet=s3cr/et=", "******"),
        ("the bearer of bad news", "the Bearer *** bad news"),
    ],
)
def test_redaction(text, masked):
    """Secrets in every spelling, bearer tokens and Authorization values are masked, the rest is kept."""
    assert masked == redact(text, "s3cr/et=")


def test_redaction_without_secrets():
    """An empty secret masks nothing."""
    assert redact("abc", "", " ") == "abc"

"""What gives a person away in a text or an answer, and what only looks like it."""

from __future__ import annotations

import pytest

from include.erasure.traces import Traces, user_ids_in, without

UID, SEC, SHORT = "7067630864460584946", "MS4wLjABAAAA_a-b", "76308"
ANNA = Traces(frozenset([UID]), frozenset([UID, SEC, "@anna", "@b.c_1"]))
SHORT_ID = Traces(frozenset([SHORT]), frozenset([SHORT]))
TEXTS = [
    (ANNA, "manager of @Anna.", "manager of (erased)."),
    (ANNA, "x@anna, @@anna; https://www.tiktok.com/@anna?lang=en", "x(erased), @(erased); https://www.tiktok.com/(erased)?lang=en"),
    (ANNA, "@annabel @anna_b @anna.bel @anna1 Anna anna #anna @ann a", None),
    (ANNA, "@annaさん and @anna😀", "(erased)さん and (erased)😀"),
    (ANNA, "by @b.c_1! not @bxc_1, @b.c_12 or @b.c_1.d", "by (erased)! not @bxc_1, @b.c_12 or @b.c_1.d"),
    (ANNA, f"user.uid is {UID}, but 7 was asked for", "user.uid is (erased), but 7 was asked for"),
    (ANNA, f"id_{UID}_x, 1{UID}, {UID}1", f"id_(erased)_x, 1{UID}, {UID}1"),
    (ANNA, f"?sec_uid={SEC}&x=1 {SEC}-c", f"?sec_uid=(erased)&x=1 {SEC}-c"),
    (SHORT_ID, "user.uid is 76308, but 7067630864460584946", "user.uid is (erased), but 7067630864460584946"),
    (SHORT_ID, "76308: 1,76308 0.76308 76308.5 76308,000", "(erased): 1,76308 0.76308 76308.5 76308,000"),
    (SHORT_ID, "x76308 @76308 763081 76308", "x76308 @76308 763081 (erased)"),
]  # fmt: skip


@pytest.mark.parametrize(("traces", "text", "expected"), TEXTS)
def test_python_and_postgresql_find_the_same(connection, traces, text, expected):
    """Whole ids and @handles are traces, in large or small letters, and parts of other words never are."""
    expected = text if expected is None else expected
    assert traces.mentions_blanked(text) == expected
    query = "select regexp_replace(%(text)s, %(expression)s, '(erased)', 'gi'), %(text)s ~* %(expression)s"
    row = connection.execute(query, {"text": text, "expression": traces.expression}).fetchone()
    assert row == (expected, text != expected)


def test_the_profile_of_somebody_else_keeps_its_counts():
    """A count that happens to be somebody's short id stays, as number and as digits; an id field does not."""
    profile = {
        "user": {
            "uid": "7067630864460584946",
            "follower_count": 76308,
            "total_favorited": "76308",
            "signature": "call 76308",
            "owner_id": 76308,
            "user_id": SHORT,
            "follow_ids": [76308, 5],
        }
    }
    assert without(profile, SHORT_ID) == {
        "user": {
            "uid": "7067630864460584946",
            "follower_count": 76308,
            "total_favorited": "76308",
            "signature": "call (erased)",
            "owner_id": 0,
            "user_id": "(erased)",
            "follow_ids": [0, 5],
        }
    }


def test_whom_a_list_of_hashtags_names_goes():
    """Of a hashtag's top creators somebody erased goes whole; the hashtag and the others stay."""
    other = {"ttUID": "7000000000000000002", "handleName": "noodle.nook", "followedCnt": 5}
    answer = {"items": [{"hashtagName": "ramen", "topCreators": [{"ttUID": UID, "handleName": "gone.soon"}, other]}]}
    assert without(answer, Traces({UID})) == {"items": [{"hashtagName": "ramen", "topCreators": [other]}]}
    assert user_ids_in(answer) == {UID, "7000000000000000002"}


def test_a_long_id_goes_wherever_it_stands():
    """An id too long for any count is taken out of every field, be it a number, a text or a name of a field."""
    answer = {
        "x": int(UID),
        "y": UID,
        UID: {"at": 1},
        "user": {"uid": int(UID), "nickname": "N"},
        "list": [{"uid": UID}],
    }
    assert without(answer, ANNA) == {"x": 0, "y": "(erased)", "(erased)": {"at": 1}, "user": {}, "list": []}


def test_a_name_spelled_like_the_word_stays():
    """Search words are blanked where they stand alone, but not where another person is called so."""
    traces = Traces(frozenset([UID]), frozenset(["@anna"]), frozenset(["anna"]))
    answer = {"keyword": "Anna", "author": {"uid": "5", "nickname": "Anna", "unique_id": "anna", "signature": "@anna"}}
    assert without(answer, traces) == {
        "keyword": "(erased)",
        "author": {"uid": "5", "nickname": "Anna", "unique_id": "anna", "signature": "(erased)"},
    }


@pytest.mark.parametrize("mark", ["@ANNA", UID, SEC, "Straße"])
def test_no_answer_is_passed_over(mark):
    """The quick look never says that nothing is there where something is."""
    traces = Traces(frozenset([UID]), frozenset([UID, SEC, "@anna", "straße"]))
    assert traces.may_be_in(b'{"x":"' + mark.encode("ascii", "backslashreplace") + b'"}')
    assert not ANNA.may_be_in(b'{"x":"annabel"}')

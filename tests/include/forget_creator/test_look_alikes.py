"""Forgetting somebody whom nothing but a stored list of look-alikes names."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from include.erasure.finding import PersonUnclear
from include.local.played_days import Days
from tests.include.comets.test_sources import ALIKE, graduate, plain
from tests.include.forget_creator.looking import KEY, everything, forget, holding


@pytest.fixture(autouse=True)
def erasure_key(monkeypatch):
    monkeypatch.setenv("ERASURE_KEY", KEY)


def named(days: Days) -> list[dict[str, Any]]:
    """Whom the stored lists name, as they name them."""
    answers = days.rows("select answer from api_calls where endpoint = 'similar_users' order by call_id")
    return [user for (answer,) in answers for user in json.loads(zlib.decompress(answer))["users"]]


def test_who_is_in_a_list_of_look_alikes_alone(days: Days):
    """They go from the answer, as a dry run says; all others whom it names stay, and so does its bill. Only the id finds them: no
    table has their handle, and the message says so.
    """
    today = days.at(2026, 11, 2)
    graduate(today, plain(today, 1))
    today.play(**{**ALIKE, "users_per_word": 1}, look_alikes=1)
    alone = [user for user in named(today) if holding(today, user["uid"]).keys() == {"answers"}]
    assert alone
    person = alone[0]
    others = [user for user in named(today) if user["uid"] != person["uid"]]
    names = (person["uid"], person["sec_uid"], person["unique_id"])
    bill = today.rows("select endpoint, is_billed, outcome from api_calls order by call_id")
    with pytest.raises(PersonUnclear, match="give the numeric user id"):
        forget(today, f"@{person['unique_id']}")
    before = everything(today)
    promised = forget(today, person["uid"], dry_run=True)
    assert (promised["answers"], promised["calls"]) == (1, 0)
    assert everything(today) == before
    assert forget(today, person["uid"]) == promised
    assert holding(today, *names) == {}
    assert [user for user in named(today) if user.get("uid")] == others
    assert today.rows("select endpoint, is_billed, outcome from api_calls order by call_id") == bill

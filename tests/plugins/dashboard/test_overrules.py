"""Overruling a verdict: the label it makes, and when the page offers it."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.test_why_not import PASS, overrules, verdict, words

Browsers = Callable[[str | None], Browser]
REFUSE = {"expected": "refuse", "target": "platform.bio", "reason": "Her bio leads elsewhere."}
OFFERED = '<h2 id="overrule">Overrule</h2>'


def test_of_a_text_past_its_retention_the_match_is_the_label(browser: Browsers, connection: psycopg.Connection):
    """Where the whole text is not stored any more, what matched is kept with the overrule: somebody can still judge it."""
    address = verdict(connection)
    assert browser("user").post(address, PASS, found_on=address).status_code == 303
    assert [row[:4] for row in overrules(connection)] == [("platform", "bio", "Twitch", "pass")]


@pytest.mark.parametrize(
    ("columns", "form"),
    [
        ({}, PASS),
        ({"layer": "criteria", "field": "plays", "matched_text": None}, {**PASS, "target": "criteria.plays"}),
    ],
)
def test_what_is_overruled_is_not_offered_again(
    browser: Browsers, connection: psycopg.Connection, columns: dict[str, str | None], form: dict[str, str]
):
    """With an overrule in force the page says how to change it, in place of a form; withdrawn, it offers the form again."""
    address, user = verdict(connection, **columns), browser("user")
    assert '<form method="post" action="' + address in user.page(address)
    assert user.post(address, form, found_on=address).status_code == 303
    page = user.page(address)
    assert f'action="{address}"' not in page
    assert "withdraw it above to say something else" in words(page[page.index(OFFERED) :])
    ((overrule_id,),) = connection.execute("select overrule_id from overrules").fetchall()
    user.post(f"/overrules/{overrule_id}/withdraw", found_on=address)
    assert f'action="{address}"' in user.page(address)


def test_another_criterion_is_still_offered(browser: Browsers, connection: psycopg.Connection):
    """Each criterion is passed by itself: one in force leaves the form for the other."""
    plays = verdict(connection, "1", layer="criteria", field="plays", matched_text=None)
    followers = verdict(connection, "2", layer="criteria", field="followers", matched_text=None)
    user = browser("user")
    assert user.post(plays, {**PASS, "target": "criteria.plays"}, found_on=plays).status_code == 303
    assert f'action="{followers}"' in user.page(followers)
    assert user.post(followers, {**PASS, "target": "criteria.followers"}, found_on=followers).status_code == 303


def test_of_an_accepted_video_what_was_said_is_left_out(browser: Browsers, connection: psycopg.Connection):
    """The list of what was missed loses the layer that somebody named; with every layer named the form is gone."""
    address = verdict(connection, layer="accepted", field="cover", matched_text=None)
    user = browser("user")
    assert user.post(address, REFUSE, found_on=address).status_code == 303
    page = user.page(address)
    assert "platform." not in page[page.index(OFFERED) :]
    for target in ("pronoun.caption", "face.cover", "criteria."):
        assert f'<option value="{target}">' in user.page(address)
        assert user.post(address, {**REFUSE, "target": target}, found_on=address).status_code == 303
    assert f'action="{address}"' not in user.page(address)

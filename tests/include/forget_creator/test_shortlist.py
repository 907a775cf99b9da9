"""Forgetting one person whom the shortlist names: as the creator it is about, and in what is said of others."""

from __future__ import annotations

import pytest

from tests.include.forget_creator.looking import KEY, forget, holding

UID, HANDLE, OTHER = "7067630864460584946", "anna.b", "6660086755653487953"


@pytest.fixture(autouse=True)
def erasure_key(monkeypatch):
    monkeypatch.setenv("ERASURE_KEY", KEY)


@pytest.fixture
def listed(days):
    """Two creators with a word of the team and a star each; the other's names the person, as its earlier note did."""
    said = f"Sister of @{HANDLE}, uid {UID}."
    with days.connect() as connection:
        connection.execute(
            "insert into creators (user_id, handle) values (%s, %s), (%s, 'annabel')", [UID, HANDLE, OTHER]
        )
        for user_id in (UID, OTHER):
            connection.execute("insert into shortlist_stars (reader, user_id) values ('op', %s)", [user_id])
            connection.execute(
                "insert into shortlist (user_id, status, note, tags, version, changed_by)"
                " values (%s, 'watching', %s, array['cooking', %s], 2, 'op')",
                [user_id, said, f"@{HANDLE}"],
            )
            connection.execute(
                "insert into shortlist_events (user_id, version, made_at, made_by, status, old_note, note, old_tags, tags)"
                " values (%s, 2, now(), 'op', 'watching', %s, 'x', array[%s], '{}')",
                [user_id, said, UID],
            )
    return days


def test_rows_about_them_go_and_those_of_others_lose_the_name(listed):
    """Their row, its changes and everybody's stars go; the other's stay, blanked, and a dry run promises the same."""
    promised = forget(listed, UID, dry_run=True)
    assert promised == forget(listed, UID)
    names = ("shortlist", "shortlist_events", "shortlist_stars", "shortlist_texts", "shortlist_event_texts")
    assert [promised[name] for name in names] == [1, 1, 1, 1, 1]
    assert holding(listed, UID, f"@{HANDLE}") == {}
    blanked = "Sister of (erased), uid (erased)."
    assert listed.rows("select user_id, status, note, tags from shortlist") == [
        (OTHER, "watching", blanked, ["cooking", "(erased)"])
    ]
    assert listed.rows("select old_note, note, old_tags, tags from shortlist_events") == [
        (blanked, "x", ["(erased)"], [])
    ]
    assert listed.rows("select reader, user_id from shortlist_stars") == [("op", OTHER)]


def test_who_has_the_name_open_cannot_store_it_again(listed):
    """The version of a blanked row goes on: a form that was opened before is refused."""
    forget(listed, UID)
    assert listed.rows("select version from shortlist") == [(3,)]


def test_saved_searches_lose_them(listed):
    """The address of their page goes; one that searches for them, by handle or id, is blanked; nobody's look holds them."""
    with listed.connect() as connection:
        for number, (name, path, parameters) in enumerate(
            (
                ("her page", f"/creators/{UID}", "{}"),
                (f"@{HANDLE}", "/comets", f'{{"search": "{HANDLE}", "window": "7"}}'),
                ("verdicts", "/why-not", f'{{"user_id": "{UID}"}}'),
                ("others", "/comets", '{"search": "annabel"}'),
            ),
            1,
        ):
            connection.execute(
                "insert into saved_searches (search_id, owner, name, path, parameters) values (%s, 'op', %s, %s, %s)",
                [number, name, path, parameters],
            )
        connection.execute(
            "insert into saved_search_looks (search_id, reader, looked_at, user_ids) values"
            " (1, 'op', now(), '{}'), (4, 'op', now(), %s)",
            [[OTHER, UID]],
        )
    promised = forget(listed, UID, dry_run=True)
    assert promised == forget(listed, UID)
    assert [promised[name] for name in ("saved_searches", "saved_search_texts", "search_looks")] == [1, 2, 1]
    assert listed.rows("select name, path, parameters from saved_searches order by search_id") == [
        ("(erased)", "/comets", {"search": "(erased)", "window": "7"}),
        ("verdicts", "/why-not", {"user_id": "(erased)"}),
        ("others", "/comets", {"search": "annabel"}),
    ]
    assert listed.rows("select search_id, user_ids from saved_search_looks") == [(4, [OTHER])]
    assert holding(listed, UID, f"@{HANDLE}", f'"{HANDLE}"') == {}

"""Forgetting one person of whose growth somebody said whether its check was right."""

from __future__ import annotations

from tests.include.forget_creator.looking import KEY, forget, holding

UID, OTHER = "7067630864460584946", "6660086755653487953"


def test_labels_of_their_growth_go(days, monkeypatch):
    """Their label goes, and that of another stays; a dry run promises the same."""
    monkeypatch.setenv("ERASURE_KEY", KEY)
    with days.connect() as connection:
        for user_id in (UID, OTHER):
            connection.execute("insert into creators (user_id, handle) values (%s, %s)", [user_id, f"h{user_id}"])
            connection.execute(
                "insert into growth_labels (user_id, made_by, checked_on, growth_check, growth_signs, is_right)"
                " values (%s, 'op', '2026-11-21', 'looks bought', '{hearts}', true)",
                [user_id],
            )
    promised = forget(days, UID, dry_run=True)
    assert promised == forget(days, UID)
    assert promised["growth_labels"] == 1
    assert holding(days, UID) == {}
    assert days.rows("select user_id from growth_labels") == [(OTHER,)]

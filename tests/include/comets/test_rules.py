"""The rules a run goes by: fixed when it is opened, the same for all its tasks, and for the replays of its day."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from include.comets import tasks
from include.comets.rules import RulesUnusable
from include.failures import NeedsPerson
from include.local.played_days import Days
from plugins.filters.rules import load_rules, shipped_mapping

SMALL = {"max_keywords": 2, "pages_per_keyword": 1}
SHIPPED = load_rules().version


def activate(connection: psycopg.Connection, version: str, **sections: Any) -> None:
    """Another active version: the shipped rules with these entries of its sections instead."""
    shipped = shipped_mapping()
    mapping = {**shipped, **{name: {**shipped[name], **section} for name, section in sections.items()}}
    connection.execute("update rule_versions set state = 'retired' where state = 'active'")
    connection.execute(
        "insert into rule_versions (version, mapping, state, made_by, activated_at, activated_by)"
        " values (%s, %s, 'active', 'somebody', now(), 'somebody')",
        [version, Jsonb({**mapping, "version": version})],
    )


def used(days: Days) -> list[tuple]:
    return days.rows("select day, rules_version, count(*) > 0 from verdicts group by 1, 2 order by 1, 2")


def test_without_an_active_version_the_shipped_rules_are_used_and_kept(days: Days):
    """Verdicts name the shipped version, of which a copy stays for the time after the next release."""
    run, failed, _ = days.play(**SMALL)
    assert (failed, run.rules_version, run.min_face_percent) == ([], SHIPPED, 2.0)
    assert used(days) == [(date(2026, 11, 2), SHIPPED, True)]
    assert days.rows("select version, state, is_shipped, mapping from rule_versions") == [
        (SHIPPED, "retired", True, shipped_mapping())
    ]


def test_a_dry_run_keeps_no_copy(days: Days):
    """It writes nothing but the ledger and its line."""
    run = days.open(dry_run=True)
    assert days.rows("select count(*) from rule_versions") == [(0,)]
    assert tasks.read_rules(days.connect, run, shipped_mapping()) == shipped_mapping()


def test_the_active_version_judges_and_is_named(days: Days, connection: psycopg.Connection):
    """A pronoun that nobody uses refuses nobody, and every verdict names the version."""
    activate(connection, "2026.11.2-1", pronoun={"words": ["zzz"], "without_apostrophe": []})
    run, failed, _ = days.play(**SMALL)
    assert (failed, run.rules_version) == ([], "2026.11.2-1")
    assert used(days) == [(date(2026, 11, 2), "2026.11.2-1", True)]
    assert days.rows("select count(*) from verdicts where layer = 'pronoun'") == [(0,)]


def test_a_run_keeps_its_version_whatever_is_activated_meanwhile(days: Days, connection: psycopg.Connection):
    """A retried task and a cleared run go by the version the run was opened with; the next run by the new one."""
    activate(connection, "2026.11.2-1")
    run = days.open("manual__a", **SMALL)
    activate(connection, "2026.11.2-2", face={"min_percent": 2.1})
    assert tasks.read_rules(days.connect, run, shipped_mapping())["version"] == "2026.11.2-1"
    assert days.open("manual__a", **SMALL) == run
    again, failed, _ = days.play("manual__a", **SMALL)
    assert (failed, again.rules_version) == ([], "2026.11.2-1")
    assert used(days) == [(date(2026, 11, 2), "2026.11.2-1", True)]
    assert days.open("manual__b", **SMALL).rules_version == "2026.11.2-2"


def test_a_replay_goes_by_the_version_of_its_day(days: Days, connection: psycopg.Connection):
    """Days later, under another version, a replay writes what the live run wrote, under the same name."""
    activate(connection, "2026.11.2-1", pronoun={"words": ["the"]})
    days.play(**SMALL)
    query = "select keyword, video_id, layer, field, matched_text, rules_version from verdicts order by 1, 2"
    before = days.rows(query)
    activate(connection, "2026.11.5-1", pronoun={"words": ["zzz"]})
    connection.execute("delete from verdicts where layer <> 'accepted' and detector is null")
    run, failed, _ = days.at(2026, 11, 9).play(day=date(2026, 11, 2), **SMALL)
    assert (run.mode, failed, run.rules_version) == ("replay", [], "2026.11.2-1")
    assert before == days.rows(query)
    connection.execute("update runs set settings = settings - 'rules_version'")
    assert days.open(day=date(2026, 11, 2)).rules_version == "2026.11.2-1"
    assert days.open().rules_version == "2026.11.5-1"


def test_the_rules_of_an_earlier_release_are_found_again(days: Days):
    """A run opened under rules that no release ships any more goes on by the copy that was kept."""
    run = days.open("manual__a", **SMALL)
    shipped = {**shipped_mapping(), "version": "2099.1"}
    with days.connect() as connection:
        from include.comets import run as runs

        later = runs.open_day(connection, run, 10_000, shipped=shipped)
    assert later.rules_version == SHIPPED
    assert tasks.read_rules(days.connect, later, shipped) == shipped_mapping()


def test_rules_that_are_gone_are_named(days: Days):
    """A version nobody has any more stops the task with what to do."""
    run = days.open(dry_run=True)
    with pytest.raises(RulesUnusable, match=rf"version {SHIPPED} .* nowhere to be found"):
        tasks.read_rules(days.connect, run, {**shipped_mapping(), "version": "2099.1"})


def test_unusable_rules_fail_open_day(days: Days, connection: psycopg.Connection):
    """The message names version, entry and page; trying again changes nothing, and no run is entered."""
    activate(connection, "2026.11.2-1", face={"long_side": 0})
    with pytest.raises(RulesUnusable, match=r"version 2026\.11\.2-1 .*face\.long_side.*page Filters") as caught:
        days.open()
    assert isinstance(caught.value, NeedsPerson)
    assert days.rows("select count(*) from runs") == [(0,)]


def test_the_face_threshold_is_that_of_the_rules_unless_asked_for(days: Days, connection: psycopg.Connection):
    """The form's 2.0 stands for what the rules say; any other number is meant."""
    activate(connection, "2026.11.2-1", face={"min_percent": 3.5, "uncertain_to_percent": 4})
    assert days.open(min_face_percent=2.0).min_face_percent == 3.5
    assert days.open(min_face_percent=5).min_face_percent == 5


def test_rules_changed_without_a_new_version_are_noticed(days: Days, caplog: pytest.LogCaptureFixture):
    """rules.json under a name that was used for others: the log says so, and the day goes on."""
    days.open()
    changed = {**shipped_mapping(), "pronoun": {"words": ["zzz"]}}
    from include.comets import run as runs

    with days.connect() as connection:
        runs.open_day(connection, days.open(), 10_000, shipped=changed)
    assert "give it a version of its own" in caplog.text


def test_a_copy_of_before_a_section_is_the_same_rules(days: Days, caplog: pytest.LogCaptureFixture):
    """The shipped version kept by a release that knew no consistency check is not taken for another one."""
    days.open()
    with days.connect() as connection:
        connection.execute("alter table rule_versions disable trigger user")
        connection.execute("update rule_versions set mapping = mapping - 'consistency'")
    days.open()
    assert "give it a version of its own" not in caplog.text

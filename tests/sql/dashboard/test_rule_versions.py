"""Versions of the rules in the database: what nobody can change, and the statements of the page "Filters", row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from include import database
from include.local.postgres import Server
from include.migrations import migrate
from tests.fixtures.postgres import fresh_database

ROLES = (Path(__file__).resolve().parents[3] / "sql" / "roles" / "create_roles.sql").read_bytes()
INSERT = (
    b"insert into rule_versions (version, mapping, state, activated_at, activated_by, is_shipped, made_by)"
    b" values (given, 'a')"
)
D1, D2 = date(2026, 11, 1), date(2026, 11, 2)


def do(connection: psycopg.Connection, name: str, **parameters: Any) -> list[dict[str, Any]]:
    return database.rows(connection, name, parameters)


def version(connection: psycopg.Connection, name: str, state: str = "draft", **mapping: Any) -> None:
    was_activated = state != "draft"
    connection.execute(
        "insert into rule_versions (version, mapping, state, note, made_by, activated_at, activated_by)"
        " values (%s, %s, %s, 'n', 'a', %s, %s)",
        [
            name,
            Jsonb({"version": name, **mapping}),
            state,
            D1 if was_activated else None,
            "a" if was_activated else None,
        ],
    )


@pytest.fixture(scope="module")
def with_versions(postgres_server: Server, administrator: psycopg.Connection) -> Iterator[str]:
    """Name of a database with both roles and the versions d (draft), a (active), r (retired), to be copied."""
    with fresh_database(administrator, "template1") as name:
        with psycopg.connect(postgres_server.url_for(name)) as admin:
            migrate(admin)
            admin.execute(ROLES)
            for each, state in (("d", "draft"), ("a", "active"), ("r", "retired")):
                version(admin, each, state)
        yield name


@pytest.fixture(params=["owner", "the pipeline's role"])
def role(
    request: pytest.FixtureRequest, postgres_server: Server, administrator: psycopg.Connection, with_versions: str
) -> Iterator[Callable[[], psycopg.Connection]]:
    """Opens connections of the tables' owner or of the pipeline's role, to versions d (draft), a (active), r (retired)."""
    user = "cometwatch_owner" if request.param == "owner" else "cometwatch"
    with fresh_database(administrator, with_versions) as name:
        url = postgres_server.url_for(name)
        with psycopg.connect(url) as admin:
            admin.execute(ROLES)  # what is granted on a database itself, a copy does not have
        yield lambda: psycopg.connect(url.replace("://postgres@", f"://{user}@"), autocommit=True)


@pytest.mark.parametrize(
    "statement",
    [
        "update rule_versions set mapping = mapping || '{\"a\": 1}' where version = 'a'",
        "update rule_versions set mapping = mapping || '{\"a\": 1}' where version = 'r'",
        "update rule_versions set mapping = mapping || '{\"a\": 1}' where version = 'd'",
        "update rule_versions set version = 'x', mapping = '{\"version\": \"x\"}' where version = 'r'",
        "update rule_versions set note = 'other' where version = 'r'",
        "update rule_versions set note = 'other' where version = 'd'",
        "update rule_versions set made_by = 'other' where version = 'a'",
        "update rule_versions set activated_by = 'other' where version = 'a'",
        "update rule_versions set based_on = 'other' where version = 'r'",
        "update rule_versions set is_shipped = true where version = 'r'",
        "update rule_versions set state = 'active' where version = 'r'",
        "update rule_versions set state = 'draft', activated_at = null, activated_by = null where version = 'a'",
        "update rule_versions set state = 'retired', activated_at = now(), activated_by = 'a' where version = 'd'",
        "delete from rule_versions where version = 'a'",
        "delete from rule_versions where version = 'r'",
        "insert into rule_versions (version, mapping, state, made_by) values ('a', '{\"version\": \"a\"}', 'draft', 'a')"
        ' on conflict (version) do update set mapping = \'{"version": "a", "b": 1}\'',
        "truncate rule_versions",
    ],
)
def test_what_was_used_stays(role: Callable[[], psycopg.Connection], statement: str):
    """Contents, names and history of a version never change, by whatever SQL; only a draft can go."""
    with role() as connection:
        before = connection.execute("select * from rule_versions order by version").fetchall()
        with pytest.raises((psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege)):
            connection.execute(statement.encode())
        assert before == connection.execute("select * from rule_versions order by version").fetchall()


def test_a_draft_is_activated_then_retired(role: Callable[[], psycopg.Connection]):
    """The only way a version goes; another draft is deleted."""
    with role() as connection:
        assert do(connection, "dashboard/discard_rule_draft", version="a") == []
        assert do(connection, "dashboard/retire_active_version") == [{"version": "a"}]
        assert do(connection, "dashboard/retire_active_version") == []
        given = {"version": "d", "note": "why", "made_by": "b"}
        assert do(connection, "dashboard/activate_rule_version", **given) == [{"version": "d"}]
        assert do(connection, "dashboard/activate_rule_version", **given) == []
        found = connection.execute("select version, state, note, activated_by from rule_versions order by 1").fetchall()
        assert found == [("a", "retired", "n", "a"), ("d", "active", "why", "b"), ("r", "retired", "n", "a")]
        version(connection, "e")
        assert do(connection, "dashboard/discard_rule_draft", version="e") == [{"version": "e"}]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ("'x', '{\"version\": \"x\"}', 'active', now(), 'a', false", psycopg.errors.UniqueViolation),
        ("'x', '{\"version\": \"y\"}', 'draft', null, null, false", psycopg.errors.CheckViolation),
        ("'x', '[]', 'draft', null, null, false", psycopg.errors.CheckViolation),
        ("'x', '{\"version\": \"x\"}', 'ready', null, null, false", psycopg.errors.CheckViolation),
        ("'x', '{\"version\": \"x\"}', 'draft', now(), 'a', false", psycopg.errors.CheckViolation),
        ("'x', '{\"version\": \"x\"}', 'retired', now(), null, false", psycopg.errors.CheckViolation),
        ("'x', '{\"version\": \"x\"}', 'draft', null, null, true", psycopg.errors.CheckViolation),
    ],
)
def test_what_makes_no_version_is_refused(connection: psycopg.Connection, values: str, error: type[Exception]):
    """A second active one, contents of another name, a state nobody knows, an activation without a person."""
    version(connection, "a", "active")
    with pytest.raises(error):
        connection.execute(INSERT.replace(b"given", values.encode()))


def test_drafts_are_named_by_day_and_number(connection: psycopg.Connection, lasting_day: date):
    """The number is one more than the highest of the day, also past 9; the contents carry the name."""
    today = f"{lasting_day:%Y.%m.%d}"
    version(connection, f"{today}-9")
    version(connection, "2026.01.01-50")
    given = {"mapping": Jsonb({"version": "old", "face": {}}), "based_on": "b", "note": "n", "made_by": "m"}
    assert do(connection, "dashboard/save_rule_draft", **given) == [{"version": f"{today}-10"}]
    assert do(connection, "dashboard/save_rule_draft", **given) == [{"version": f"{today}-11"}]
    assert do(connection, "dashboard/read_rule_version", version=f"{today}-11")[0]["mapping"] == {
        "version": f"{today}-11",
        "face": {},
    }


def test_versions_are_read(connection: psycopg.Connection):
    """The newest first, without contents; what was in force by its name, a draft not."""
    version(connection, "a", "active", face={"min_percent": 3})
    version(connection, "d")
    listed = do(connection, "dashboard/read_rule_versions", most=10)
    assert [(row["version"], row["state"]) for row in listed] == [("d", "draft"), ("a", "active")]
    assert len(do(connection, "dashboard/read_rule_versions", most=1)) == 1
    assert do(connection, "comets/read_active_rules") == [
        {"version": "a", "mapping": {"version": "a", "face": {"min_percent": 3}}}
    ]
    assert do(connection, "comets/read_rules", version="d") == []
    assert do(connection, "dashboard/read_face_rules") == [{"version": "a", "face": {"min_percent": 3}}]


def test_the_shipped_rules_are_kept_once(connection: psycopg.Connection):
    """The second time nothing is written. Other contents under the same name are told; sections that the copy lacks are not."""

    def kept(**contents: int) -> bool:
        given = {"version": "s", "mapping": Jsonb({"version": "s", **contents})}
        return do(connection, "comets/keep_shipped_rules", **given) == [{"is_the_same": True}]

    assert kept(a=1)
    assert kept(a=1)
    assert not kept(a=2)
    assert not kept()
    assert kept(a=1, b=2)
    assert connection.execute("select version, state, is_shipped, mapping from rule_versions").fetchall() == [
        ("s", "retired", True, {"version": "s", "a": 1})
    ]


def verdict(connection: psycopg.Connection, video_id: str, layer: str, day: date = D2, **columns: Any) -> None:
    values = {
        "day": day,
        "keyword": "k",
        "video_id": video_id,
        "user_id": f"u{video_id}",
        "handle": "h",
        "layer": layer,
        "rules_version": "1",
        "run_id": "r",
        "screened_at": f"2026-11-02 0{len(video_id)}:00+00",
        **columns,
    }
    connection.execute(
        psycopg.sql.SQL("insert into verdicts ({}) values ({})").format(
            psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, values)),
            psycopg.sql.SQL(", ").join(psycopg.sql.Placeholder() * len(values)),
        ),
        list(values.values()),
    )


def test_verdicts_are_counted(connection: psycopg.Connection):
    """By day and layer, by word and layer with capitals folded, and by keyword with the latest moment."""
    verdict(connection, "1", "platform", matched_text="YT", user_id="u")
    verdict(connection, "22", "platform", matched_text="yt", user_id="u")
    verdict(connection, "3", "pronoun", matched_text="He")
    verdict(connection, "4", "accepted", D1, keyword="l")
    verdict(connection, "5", "platform", date(2026, 10, 1), matched_text="old")
    window = {"first": D1, "last": D2}
    assert do(connection, "dashboard/count_refusals", **window, since=D2) == [
        {"day": D1, "is_now": False, "layer": "accepted", "videos": 1},
        {"day": D2, "is_now": True, "layer": "platform", "videos": 2},
        {"day": D2, "is_now": True, "layer": "pronoun", "videos": 1},
        {"day": None, "is_now": False, "layer": "accepted", "videos": 1},
        {"day": None, "is_now": True, "layer": "platform", "videos": 2},
        {"day": None, "is_now": True, "layer": "pronoun", "videos": 1},
    ]
    assert do(connection, "dashboard/count_matched_texts", **window, most=5) == [
        {"layer": "platform", "word": "yt", "videos": 2},
        {"layer": "pronoun", "word": "he", "videos": 1},
    ]
    units = do(connection, "dashboard/count_verdicts_per_keyword", **window)
    assert [(row["day"], row["keyword"], row["videos"], row["screened_at"].hour) for row in units] == [
        (D2, "k", 3, 2),
        (D1, "l", 1, 1),
    ]


def test_a_video_of_several_keywords_and_days_is_counted_once(connection: psycopg.Connection):
    """On a day the verdict with the highest precedence counts, in a window that of the latest day; a word refuses no video that
    went further, or was accepted on a later day.
    """
    verdict(connection, "1", "platform", D1, matched_text="yt")
    verdict(connection, "1", "accepted", D2)
    verdict(connection, "2", "platform", D2, matched_text="yt")
    verdict(connection, "2", "platform", D2, matched_text="YT", keyword="l")
    verdict(connection, "2", "platform", D1, matched_text="yt")
    verdict(connection, "3", "platform", D2, matched_text="yt")
    verdict(connection, "3", "face", D2, keyword="l")
    found = do(connection, "dashboard/count_refusals", first=D1, last=D2, since=D1)
    assert [(row["day"], row["layer"], row["videos"]) for row in found] == [
        (D1, "platform", 2),
        (D2, "accepted", 1),
        (D2, "face", 1),
        (D2, "platform", 1),
        (None, "accepted", 1),
        (None, "face", 1),
        (None, "platform", 1),
    ]
    words = do(connection, "dashboard/count_matched_texts", first=D1, last=D2, most=5)
    assert words == [{"layer": "platform", "word": "yt", "videos": 1}]


def test_uncertain_covers_are_read(connection: psycopg.Connection):
    """Those whose largest face was near the threshold, the newest first, each video once."""
    found = {"detector": "d", "threshold": 2, "field": "cover"}
    verdict(connection, "1", "face", D1, measured=1.9, is_uncertain=True, **found)
    verdict(connection, "1", "accepted", D2, measured=2.5, **found)
    for keyword in "kl":
        verdict(connection, "2", "accepted", D2, keyword=keyword, measured=2.1, is_uncertain=True, **found)
    verdict(connection, "3", "undetermined", D2, field="cover")
    uncertain = do(connection, "dashboard/read_uncertain_faces", first=D1, last=D2, most=5)
    assert [(row["video_id"], row["day"], row["measured"]) for row in uncertain] == [
        ("2", D2, Decimal("2.1")),
        ("1", D1, Decimal("1.9")),
    ]

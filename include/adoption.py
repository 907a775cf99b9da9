"""A database that people live in: what is in the migrations' way, found before the first change, and what is carried over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from include import database

_COMMENT = re.compile(r"--[^\n]*")
_MADE = re.compile(
    r"\bcreate\s+(?:or\s+replace\s+)?(?:unlogged\s+|unique\s+|materialized\s+)?"
    r"(table|index|sequence|view|type|domain|function|procedure|aggregate)\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?"
    r"([a-z_][a-z0-9_]*)\s*(?![a-z0-9_%.])"
)
_RENAMED = re.compile(r"\brename\s+to\s+([a-z_][a-z0-9_]*)\s*;")
_TRIGGER = re.compile(r"\bcreate\s+(?:or\s+replace\s+)?(?:constraint\s+)?trigger\s+(\w+)\s[^;]*?\son\s+(\w+)")
_ROUTINES = {"function", "procedure", "aggregate"}
_MONTHS = r"^(creator_stats|api_calls)_\d{4}_\d\d$"
_SET_ASIDE = "creator_stats_original"
_LIBRARY = "videos"  # one that people have goes on as it is: 0038 adds what it lacks
REQUIRED = {
    "creators": ("user_id",),
    "daily_trends": ("trend_keyword", "discovered_at"),
    "creator_stats": ("user_id", "recorded_date", "follower_count"),
}
_DAYS = ("date", "timestamp without time zone", "timestamp with time zone")
_WHOLE = ("smallint", "integer", "bigint")
_NUMBERS = (*_WHOLE, "numeric", "real", "double precision")
# Table, column, what its values become, the types that the migrations take as they are, and those they cast by themselves.
_CASTS = (
    ("creators", "last_updated_at", "timestamp", _DAYS, ()),
    ("daily_trends", "discovered_at", "date", _DAYS, ()),
    ("daily_trends", "rank", "integer", _WHOLE, ()),
    ("creator_stats", "recorded_date", "date", _DAYS, ()),
    *(("creator_stats", f"{what}_count", "bigint", _WHOLE, _NUMBERS) for what in ("follower", "heart", "video")),
    ("creator_stats", "daily_growth_followers", "bigint", _WHOLE, _NUMBERS),
    ("creator_stats", "daily_growth_percent", "numeric", _NUMBERS, ()),
)
# Rows as Cometwatch writes them, at both ends of what is usual: a check of the owner's own has to let them in.
_USUAL_ROWS: dict[str, tuple[dict[str, Any], ...]] = {
    "creators": (
        {"user_id": "6800000000000000001", "handle": "ab", "nickname": "", "avatar_url": None, "signature": ""},
        {
            "user_id": "7700000000000000001",
            "handle": "a.handle_of_24.letters__",
            "nickname": "यात्रा 🎀 رحلة thirty letters",
            "avatar_url": "https://p16.example/" + "a" * 300,
            "signature": "80 letters\n" * 8,
        },
    ),
    "daily_trends": (
        {"trend_keyword": "दाल", "discovered_at": "2026-11-02", "rank": 1},
        {"trend_keyword": "#ramen", "discovered_at": "2026-11-02", "rank": 50},
    ),
    "creator_stats": (
        {
            "user_id": "6800000000000000001",
            "recorded_date": "2026-11-02",
            **{f"{what}_count": 0 for what in ("follower", "heart", "video")},
            "daily_growth_followers": -1_000_000,
            "daily_growth_percent": "-100.00",
            "source_trend": None,
        },
        {
            "user_id": "6800000000000000001",
            "recorded_date": "2026-11-02",
            **{f"{what}_count": 1_000_000 for what in ("follower", "heart", "video")},
            "daily_growth_followers": 1_000_000,
            "daily_growth_percent": "999.99",
            "source_trend": "#ramen",
        },
    ),
}
_WORDS = {"timestamp": "a moment (2026-11-02 14:00)", "date": "a day (2026-11-02)", "numeric": "a number"}
_EXAMPLES = 5


class InTheWay(Exception):
    """Something of the database's owner cannot stay as it is; the message names it, and says what to do."""


@dataclass(frozen=True, slots=True)
class Names:
    """What migrations make: relations and types, routines, and triggers with their tables."""

    relations: frozenset[str] = frozenset()
    routines: frozenset[str] = frozenset()
    triggers: frozenset[tuple[str, str]] = frozenset()

    def __sub__(self, other: Names) -> Names:
        return Names(self.relations - other.relations, self.routines - other.routines, self.triggers - other.triggers)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an adoption does beside the migrations: columns made fit before them, and what is given back after them."""

    conversions: Sequence[sql.Composed] = ()
    carried: Sequence[database.Row] = ()

    def convert(self, connection: psycopg.Connection[Any]) -> None:
        """Columns of other types, whose values were found to fit, get the type that the migrations work with."""
        for statement in self.conversions:
            connection.execute(statement)

    def carry_over(self, connection: psycopg.Connection[Any]) -> None:
        """Give the adopted tables back what hung on them; InTheWay names what cannot be given back."""
        for each in self.carried:
            statement: sql.SQL | sql.Composed = sql.SQL(each["statement"])
            if each["index_name"] is not None:
                name = _free_name(connection, each["index_name"])
                statement = sql.SQL("{}{}{}").format(statement, sql.Identifier(name), sql.SQL(each["ending"]))
            try:
                connection.execute(statement)
            except psycopg.Error as error:
                reason = error.diag.message_primary or type(error).__name__
                raise InTheWay(_list([f"{each['thing']}: it cannot be kept ({reason}). Drop it"])) from error


def names_made(scripts: Sequence[str]) -> Names:
    """The names of what these migrations make, as they are written in them."""
    relations, routines, triggers = set[str](), set[str](), set[tuple[str, str]]()
    for script in scripts:
        code = _COMMENT.sub("", script)
        for kind, name in _MADE.findall(code):
            (routines if kind in _ROUTINES else relations).add(name)
        relations.update(_RENAMED.findall(code))
        triggers.update((table, name) for name, table in _TRIGGER.findall(code))
    return Names(frozenset(relations), frozenset(routines), frozenset(triggers))


def plan(connection: psycopg.Connection[Any], made: Sequence[str], missing: Sequence[str]) -> Plan:
    """What is to be done so that the scripts `missing` can be applied after those in `made`.

    Looks only. Raises InTheWay with all that has to be moved, dropped or corrected first.
    """
    names = names_made(missing) - names_made(made) - Names(frozenset(REQUIRED))
    if database.rows(connection, "adoption/find_library"):
        names -= Names(frozenset([_LIBRARY]))
    problems = [
        f"your {row['thing']}: Cometwatch needs that name. Rename it, or use another database or schema"
        for row in database.rows(
            connection,
            "adoption/find_taken",
            {
                "relations": sorted(names.relations),
                "functions": sorted(names.routines),
                "pattern": _MONTHS if made else f"{_MONTHS}|^{_SET_ASIDE}",
                "trigger_tables": [table for table, _ in sorted(names.triggers)],
                "triggers": [name for _, name in sorted(names.triggers)],
            },
        )
    ]
    is_adoption, is_half_adopted = not made, bool(made) and _types(connection, _SET_ASIDE) != {}
    if is_adoption:
        strangers = list(_strangers(connection))
        if strangers:
            raise InTheWay(_list(strangers))
        problems += [f"{row['thing']}: {row['advice']}" for row in database.rows(connection, "adoption/find_attached")]
        problems += _narrow_checks(connection)
    conversions: list[sql.Composed] = []
    for table, column, wanted, fits, casts in _CASTS if is_adoption or is_half_adopted else ():
        if is_half_adopted:
            if table != "creator_stats":
                continue
            table = _SET_ASIDE  # noqa: PLW2901 - an adoption that stopped there under an earlier version goes on
        kind = _types(connection, table).get(column)
        if kind is None or kind in fits:
            continue
        wrong = _wrong_values(connection, table, column, kind, wanted, as_it_is=kind in _NUMBERS)
        if wrong:
            problems.append(wrong)
        elif kind not in casts:
            conversions.append(_conversion(table, column, wanted))
    if problems:
        raise InTheWay(_list(problems))
    if not is_adoption:
        return Plan(conversions)
    # Who publishes all tables may not delete from one without a key, and keys are made anew on the way.
    published = [
        sql.SQL("alter table {} replica identity full").format(sql.Identifier(table))
        for table in REQUIRED
        if _types(connection, table)
    ]
    return Plan([*published, *conversions], database.rows(connection, "adoption/list_carried"))


def _list(problems: Sequence[str]) -> str:
    lines = "".join(f"\n- {problem}." for problem in problems)
    return f"This database cannot be set up yet, and nothing was changed. In the way:{lines}\nThen run setup again."


def _types(connection: psycopg.Connection[Any], table: str) -> dict[str, str]:
    """The columns of a table and their types; empty when there is no such table."""
    return {
        row["column_name"]: row["type_name"]
        for row in database.rows(connection, "adoption/read_types", {"table": table})
    }


def _strangers(connection: psycopg.Connection[Any]) -> Any:
    """Tables that have one of our three names and are another program's."""
    for table, columns in REQUIRED.items():
        types = _types(connection, table)
        for column in columns:
            if types and column not in types:
                yield (
                    f'the table "{table}" in this database has no column {column}: it is not Cometwatch\'s. '
                    "Use an empty database or schema"
                )


def _narrow_checks(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """Checks that would keep out what Cometwatch writes; columns of the owner's own are left out of the trial."""
    for check in database.rows(connection, "adoption/list_checks"):
        table, name = check["table_name"], check["check_name"]
        for row in _USUAL_ROWS[table]:
            trial = sql.SQL("select from jsonb_populate_record(null::{0}, {1}) as {0} where not ({2})").format(
                sql.Identifier(table), sql.Literal(Jsonb(row)), sql.SQL(check["condition"])
            )
            try:
                with connection.transaction(force_rollback=True):
                    is_refused = bool(connection.execute(trial).rowcount)
            except psycopg.DataError:
                continue  # a column of another type, which is looked at by itself
            if is_refused:
                yield (
                    f"the check {name} of {table}: it would refuse rows of Cometwatch's: "
                    f"alter table {table} drop constraint {name}"
                )
                break


def _cast(column: str, wanted: str, *, as_it_is: bool = False) -> sql.Composed:
    """An empty text is no value."""
    text = "{}::{}" if as_it_is else "nullif(btrim({}::text), '')::{}"
    return sql.SQL(text).format(sql.Identifier(column), sql.SQL(wanted))


def _conversion(table: str, column: str, wanted: str) -> sql.Composed:
    return sql.SQL("alter table {0} alter column {1} drop default, alter column {1} type {2} using {3}").format(
        sql.Identifier(table), sql.Identifier(column), sql.SQL(wanted), _cast(column, wanted)
    )


def _wrong_values(
    connection: psycopg.Connection[Any], table: str, column: str, kind: str, wanted: str, *, as_it_is: bool
) -> str | None:
    """What to say of values that do not become `wanted`; None when all do."""
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column), "kind": sql.SQL(wanted)}
    try:
        with connection.transaction():
            connection.execute(
                sql.SQL("select count({}) from {table}").format(_cast(column, wanted, as_it_is=as_it_is), **names)
            )
    except psycopg.Error as error:
        reason = error.sqlstate
    else:
        return None
    what = _WORDS.get(wanted, "a whole number")
    beginning = f"the column {column} of {table} ({kind}): "
    if reason == psycopg.errors.CannotCoerce.sqlstate:
        return f"{beginning}that type does not become {what}. Give it another type"
    try:
        # Undone right after: nothing of it stays.
        with connection.transaction(force_rollback=True):
            connection.execute(_TRIAL)
            bad = connection.execute(
                sql.SQL(
                    "select ctid::text, left({column}::text, 20) from {table} where not pg_temp.becomes({column}::text, {text})"
                ).format(text=sql.Literal(wanted), **names)
            ).fetchall()
    except psycopg.errors.InsufficientPrivilege:
        return f"{beginning}some values are not {what}. Correct them, or set them to null"
    shapes = ", ".join(dict.fromkeys(repr(_shape(text)) for _, text in bad[:_EXAMPLES]))
    places = ", ".join(f"'{place}'" for place, _ in bad[:_EXAMPLES])
    query = f"select * from {table} where ctid in ({places})"  # noqa: S608 - for a person to type
    return (
        f"{beginning}{len(bad):,} of its values are not {what}; with 9 for a digit and x for a letter they look like {shapes}. "
        f"Correct them, or set them to null; to see some: {query}"
    )


# Whether a text is one of a type, on every version of PostgreSQL; '' counts as no value.
_TRIAL = """
create function pg_temp.becomes(value text, kind text) returns boolean language plpgsql as $$
begin
    execute format('select nullif(btrim($1), '''')::%s', kind) using value;
    return true;
exception when others then
    return false;
end $$
"""


def _shape(text: str) -> str:
    """What a value looks like, without what it says."""
    return "".join("9" if letter.isdigit() else "x" if letter.isalpha() else letter for letter in text)


def _free_name(connection: psycopg.Connection[Any], name: str) -> str:
    """An index of the owner's own gives way to one of ours with the same name."""
    row = connection.execute("select to_regclass(quote_ident(%s::text))", [name]).fetchone()
    return name if row is None or row[0] is None else f"{name}_original"

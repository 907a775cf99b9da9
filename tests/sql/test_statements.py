"""The house rules of SQL files: what each says of itself is true, it is used, and the schema can run it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from include import database
from include.database import statement
from include.local.postgres import Server
from tests.fixtures.postgres import fresh_database

ROOT = Path(__file__).resolve().parents[2]
SQL = ROOT / "sql"
FILES = sorted(path.relative_to(SQL).with_suffix("").as_posix() for path in SQL.rglob("*.sql"))
SCRIPTS = ("migrations/", "roles/")  # not statements with parameters: applied once, or run by a person with psql
PARTS = [
    name for name in FILES if name.startswith("parts/")
]  # what several statements share; the loader puts it into them
STATEMENTS = [name for name in FILES if not name.startswith((*SCRIPTS, "parts/"))]
PART = re.compile(r"^ *-- part: ([a-z_/]+)$", re.MULTILINE)
BIND = re.compile(r"%\((\w+)\)s(?:::([a-z0-9_]+(?: \[\])?))?")
# What a bind parameter without a cast is; Python tells the server in the same way.
UNTYPED = "text"


def text(name: str) -> str:
    return (SQL / f"{name}.sql").read_text()


def header(name: str) -> str:
    """The comment lines a file begins with, as one line."""
    lines = []
    for line in text(name).splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)


def body(name: str) -> str:
    """A statement as it is sent, without its comments."""
    return re.sub(r"--.*", "", statement(name).decode())


def binds(name: str) -> dict[str, str]:
    """The bind parameters of a statement and the type each is cast to."""
    return binds_in(body(name))


def binds_in(code: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for parameter, kind in BIND.findall(code):
        found[parameter] = kind.replace(" ", "") or found.get(parameter, "")
    return found


def named_parameters(name: str) -> set[str]:
    """The names after `Parameters:` in the header; types, remarks in brackets and words between lists are left out."""
    _, _, listed = header(name).partition("Parameters:")
    listed = re.sub(r"\([^)]*\)", "", listed).split(". ")[0].rstrip(".")
    listed = re.sub(r",? ?and arrays of the same length:", ",", listed)
    names = (re.match(r"\s*(?:and )?(\w+)", part) for part in listed.split(","))
    return {match[1] for match in names if match}


@pytest.fixture(scope="module")
def session(
    postgres_server: Server, administrator: psycopg.Connection, template_database: str
) -> Iterator[psycopg.Connection]:
    """A session that may change nothing, so that one does for all statements."""
    with fresh_database(administrator, template_database) as name:
        url, options = postgres_server.url_for(name), "-c default_transaction_read_only=on"
        with psycopg.connect(url, autocommit=True, prepare_threshold=None, options=options) as connection:
            yield connection


@pytest.fixture
def schema(session: psycopg.Connection) -> psycopg.Connection:
    """The same without anything prepared."""
    session.execute("deallocate all")
    return session


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_statement_asks_the_locale(name):
    """Letters and their small forms are those of the collation `ucs_basic` or of our own functions, not the server's."""
    code = re.sub(r"\s+", " ", body(name))
    assert not re.search(r"\b(ilike|initcap|upper|to_tsvector)\b", code)
    assert code.count("lower(") <= len(re.findall(r"collate ucs_basic ?\)", code))
    assert not re.search(r"(?<!collate ucs_basic) ~\*", code)
    assert not re.search(r"'[^']*\\w", code)


@pytest.mark.parametrize("name", STATEMENTS + PARTS)
def test_the_first_lines_state_grain_and_parameters(name):
    """The parameters a file names are exactly those it binds itself; a file that names none binds none."""
    assert header(name).endswith((".", ")")) or "Parameters:" in header(name)
    assert len(header(name)) > 20
    assert named_parameters(name) == set(binds_in(re.sub(r"--.*", "", text(name))))


@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_shared(name):
    """It stands in two places or more, and ends no statement."""
    short = name.removeprefix("parts/")
    assert sum(PART.findall(text(other)).count(short) for other in STATEMENTS + PARTS) > 1
    assert ";" not in re.sub(r"--.*", "", text(name))


def test_a_part_that_is_not_there_is_named():
    """The loader puts parts into parts, and leaves none out."""
    assert [name for name in STATEMENTS if "-- part:" in statement(name).decode()] == []
    with pytest.raises(LookupError, match="parts/nowhere"):
        database._part(re.match(rb"-- part: ([a-z]+)", b"-- part: nowhere"))


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_file_is_one_lower_case_statement_without_templates(name):
    """One statement to a file, in lower case (texts aside), with nothing that another program fills in."""
    code = re.sub(r"'[^']*'", "''", body(name))
    assert code.rstrip().endswith(";")
    assert code.count(";") == 1
    assert not re.search(r"[{}]", code)
    assert code == code.lower()


def test_every_statement_is_used():
    """Each file is named somewhere in the code; the queries for people are the exception."""
    code = "\n".join(
        path.read_text() for folder in ("include", "dags", "plugins") for path in (ROOT / folder).rglob("*.py")
    )
    used = [name for name in STATEMENTS if f'"{name}"' in code or name.startswith("queries/")]
    assert used == STATEMENTS


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_fits_the_schema(schema: psycopg.Connection, name: str):
    """The server accepts and plans it with parameters of the types it names."""
    parameters = binds(name)
    order = list(parameters)
    code = BIND.sub(lambda match: f"${order.index(match[1]) + 1}" + (f"::{match[2]}" if match[2] else ""), body(name))
    kinds = ", ".join(parameters[parameter] or UNTYPED for parameter in order)
    prepared = f"prepare fits {f'({kinds})' if order else ''} as {code.replace('%%', '%')}"
    schema.execute(prepared.encode())
    arguments = f"({', '.join('null' for _ in order)})" if order else ""
    plan = schema.execute(f"explain execute fits{arguments}".encode()).fetchall()
    assert plan != []


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith(SCRIPTS)])
def test_a_script_says_what_it_is_for(name):
    """Each migration or script begins with a comment."""
    assert len(header(name)) > 20

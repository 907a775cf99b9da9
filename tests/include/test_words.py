"""Words: one definition, in Python and in PostgreSQL, in every script and under every locale."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from include.database import rows
from include.erasure.traces import Traces
from include.local import postgres
from include.migrations import FOLDER, migrate
from include.words import LETTERS, SILENT, plain_words, words

LOCALES = {
    "embedded": "",
    "libc C": "locale 'C'",
    "icu und": "locale_provider icu icu_locale 'und' locale 'C'",
    "icu tr": "locale_provider icu icu_locale 'tr' locale 'C'",
}
TEXTS = [
    "🎀Anna🎀", "Zora💕Cooks", "रसोई की रानी", "Jose\u0301", "José", "𝐀𝐧𝐚", "Straße STRASSE ẞ", "ΣΟΦΌΣ σοφός σοφόσ",
    "İSTANBUL ISTANBUL ıstanbul", "พ่อ พอ ป้า ป่า", "می\u200cخواهم", "ক্\u200dষ", "1️⃣2️⃣", "👩🏽\u200d🍳Chef👩\u200d👩\u200d👧", "ㅤ",
    "a\u20ddn\u20dda", "ﷺ", "ｱﾆﾒ アニメ", "it’s d´or", "𠮷野家 人々", "luna.cooks_1990", "Å Å Å", "ᾳ ᾼ αι", "\u0345", "½ ① ㎏ ™",
    "🫠 new 🩷 signs", "Łódź Smørrebrød", "한국어 \u1112\u1161\u11ab", "क़ क़", "", "  ", "…",
]  # fmt: skip


@pytest.fixture(scope="module")
def icu_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server whose build has ICU, which the embedded one lacks: one that the system brings, if it does."""
    programs = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
    if programs is None:
        pytest.skip("No PostgreSQL with ICU is installed (apt-get install postgresql).")
    folder = Path(tempfile.mkdtemp(prefix="icu"))
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)

    def run(program: str, *arguments: str) -> None:
        subprocess.run([programs / program, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=folder, user=user)

    data = str(folder / "data")
    try:
        run("initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "trust", "--no-sync")
        run("pg_ctl", "-D", data, "-w", "-l", f"{data}/log", "-o", f"-k {folder} -c listen_addresses= -F", "start")
        try:
            yield f"host={folder} user=postgres dbname="
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module", params=LOCALES)
def database(request: pytest.FixtureRequest, postgres_server: postgres.Server) -> Iterator[psycopg.Connection]:
    """A migrated database of a locale."""
    name, options = "words_" + request.param.replace(" ", "_"), LOCALES[request.param]
    address = request.getfixturevalue("icu_server") if "icu" in options else ""
    with psycopg.connect(
        address + "postgres" if address else postgres_server.url_for("postgres"), autocommit=True
    ) as server:
        server.execute(
            sql.SQL("create database {} template template0 {}").format(sql.Identifier(name), sql.SQL(options))
        )
        try:
            with psycopg.connect(
                address + name if address else postgres_server.url_for(name), autocommit=True
            ) as connection:
                migrate(connection)
                yield connection
        finally:
            server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _is_asked(number: int) -> bool:
    """Every character that has a name; of ideographs, syllables of Hangul and what is not assigned one in a hundred."""
    if 0xD800 <= number <= 0xDFFF:
        return False
    name = unicodedata.name(chr(number), "")
    return number % 100 == 0 or bool(
        name and not name.startswith(("CJK UNIFIED", "HANGUL SYLLABLE", "TANGUT", "NUSHU"))
    )


def both(connection: psycopg.Connection, texts: list[str]) -> list[tuple[list[str], list[str]]]:
    found = connection.execute(
        "select words_of(given), plain_words_of(given) from unnest(%s::text []) with ordinality as texts (given, place)"
        " order by place",
        [texts],
    )
    return found.fetchall()


@cache
def _read_in_python() -> list[tuple[str, list[str], list[str]]]:
    """Texts, and their words in either form: the same for every locale."""
    characters = (chr(number) for number in range(1, sys.maxunicode + 1) if _is_asked(number))
    singles = (f"x{char}y{char} {char}Z{char.upper()}" for char in characters)
    texts = TEXTS + [" ".join(chunk) for chunk in iter(lambda: list(itertools.islice(singles, 500)), [])]
    return [(text, words(text), plain_words(text)) for text in texts]


def test_python_and_sql_read_the_same_words(database: psycopg.Connection):
    """Of texts in many scripts and of every character there is, between two letters, on whatever locale."""
    read = _read_in_python()
    for (text, *in_python), in_sql in zip(read, both(database, [text for text, *_ in read]), strict=True):
        assert in_python == list(in_sql), text[:50]


def test_both_know_the_same_letters():
    """The characters of words and those passed over are spelled alike in the module and in the migration."""
    (migration,) = FOLDER.glob("0030_*.sql")
    text = "".join(line.strip().strip("'") for line in migration.read_text(encoding="utf-8").splitlines())
    assert f"{LETTERS}';" in text
    assert f"{SILENT}';" in text


def test_letters_are_those_of_unicode():
    """Letters, digits and marks are in, signs and what encloses are not; none is missed that is as old as Unicode 3.2."""
    letter = re.compile(f"[{LETTERS}]")
    for number in range(0x2FA1E):
        char, category = chr(number), unicodedata.category(chr(number))
        if letter.match(char):
            made_of = {unicodedata.category(each) for each in unicodedata.normalize("NFKC", char)}
            assert category[0] in "LN" or category in {"Mn", "Mc"} or any(each[0] in "LN" for each in made_of), hex(
                number
            )
        elif not re.match(f"[{SILENT}]", char):
            assert category[0] not in "LN" or unicodedata.ucd_3_2_0.category(char) == "Cn", hex(number)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("🎀Anna🎀 Zora💕Cooks", ["anna", "zora", "cooks"]),
        ("रसोई की रानी", ["रसोई", "की", "रानी"]),
        ("Jose\u0301", ["jos\u00e9"]),
        ("𝐀𝐧𝐚 Ⓐⓝⓝⓐ", ["ana", "anna"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("ΣΟΦΌΣ σοφός", ["σοφόσ", "σοφόσ"]),
        ("İstanbul ISTANBUL", ["istanbul", "istanbul"]),
        ("می\u200cخواهم", ["میخواهم"]),
        ("👩🏽\u200d🍳Chef👨\u200d👩\u200d👧Ann❤\ufe0f", ["chef", "ann"]),
        ("1\ufe0f\u20e32\ufe0f\u20e3 a\u20ddn", ["12", "an"]),
        ("luna.cooks_1990", ["luna", "cooks", "1990"]),
        ("\u3164 🍜 …", []),
    ],
)
def test_words(text: str, expected: list[str]):
    """One form and no case; marks belong to letters, signs and emoji part words, what nobody sees does not."""
    assert words(text) == expected


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("🎀Anna🎀", "anna"), ("Zora💕Cooks", "COOKS"), ("रसोई की रानी", "रानी"), ("रसोई की रानी", "की"), ("Jose\u0301", "josé"),
        ("José", "jose"), ("Jose", "JOSÉ"), ("𝐀𝐧𝐚", "ana"), ("Straße", "strasse"), ("ΣΟΦΌΣ", "σοφος"), ("İPEK IŞIK", "ipek ışık"),
        ("Smørrebrød Łódź", "lodz smorre"), ("ห้องครัวของแม่", "ครัว"), ("ゆきのパン", "パン"), ("می\u200cخواهم", "میخوا"),
        ("ｱﾆﾒ", "アニメ"),
    ],
)  # fmt: skip
def test_a_name_is_found_whatever_the_locale(database: psycopg.Connection, name: str, typed: str):
    """By any of its words, in any case and form, with its accents or without."""
    found = database.execute("select words_found('luna.1', %s) @@ words_sought(%s)", [name, typed]).fetchone()
    assert found == (True,)


@pytest.mark.parametrize(("name", "typed"), [("พ่อ", "พอ"), ("दाल", "दिल"), ("Anna", "nna"), ("คำ", "คา")])
def test_another_word_is_not_found(database: psycopg.Connection, name: str, typed: str):
    """The marks of scripts other than those with accents make other words."""
    found = database.execute("select words_found('luna.1', %s) @@ words_sought(%s)", [name, typed]).fetchone()
    assert found == (False,)


def test_handles_and_keywords_are_found_whatever_the_locale(database: psycopg.Connection):
    """Capitals of handles and keywords do not count, where the locale makes another letter of "I" either."""
    with database.transaction(force_rollback=True):
        database.execute("insert into creators (user_id, handle) values ('1', 'IRIS.Ink')")
        database.execute("insert into daily_trends (trend_keyword, discovered_at) values ('INDIE ÉTÉ', '2026-11-20')")
        assert database.execute("select handle from creator_words").fetchall() == [("iris.ink",)]
        (keyword,) = rows(database, "dashboard/find_keywords", {"exact": "indie été", "most": 9})
        assert keyword == {"keyword": "INDIE ÉTÉ"}
        (person,) = rows(database, "comets/forgetting/find_by_handle", {"handle": "iris.INK"})
        assert person["user_id"] == "1"
        traces = Traces((), ["@iris", "MS4wIi"])
        for text, is_named in (("hi @IRIS!", True), ("ms4wII", True), ("@irisé", False), ("@iris、", True)):
            asked = database.execute("select %s collate ucs_basic ~* %s", [text, traces.expression]).fetchone()
            assert asked == (is_named,)
            assert (traces.blanked(text) != text) == is_named


def test_words_are_found_anew(empty_database_url: str, tmp_path: Path):
    """An older database's words, made by its locale, are replaced; a handle is found in any capitals."""
    older = [file for file in FOLDER.glob("*.sql") if file.name < "0030"]
    for file in older:
        shutil.copy(file, tmp_path)
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        migrate(connection, tmp_path)
        connection.execute(
            "insert into creators (user_id, handle, nickname) values ('1', 'Luna', '🎀Anna🎀'), ('2', null, null)"
        )
        migrate(connection)
        found = connection.execute("select user_id, words::text, handle from creator_words order by 1").fetchall()
        indexes = connection.execute("select pg_get_functiondef('make_standing_indexes()'::regprocedure)").fetchone()
    assert found == [("1", "'anna' 'luna'", "luna"), ("2", "", None)]
    assert indexes is not None
    assert "standings_handle" not in indexes[0]
    assert "standings_trend" in indexes[0]

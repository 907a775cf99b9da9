"""Large files as TikTok writes them are read many rows at once, and give just what reading row by row gives."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from include.account_analytics import raw
from include.account_analytics.facts import Label, Post, Refused
from include.account_analytics.reading import plain, videos
from include.account_analytics.reading.containers import open_export
from include.account_analytics.reading.rows import Rows
from include.account_analytics.reading.tables import read_table
from tests.examples import examples
from tests.include.account_analytics.reading.files import CONTENT, csv_of, examined, studio

HEADER = ("Time", "Video title", "Total views")
ORIGIN = {"_account": 'ma"ra', "_member": "a %s\\ b.csv", "_exported_at": None}
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=6) | st.sampled_from(
    ["", " ", '"', ",", '","', "\n", "\r", "\r\n", "\ufeff", "null", "a\u2028b", "\\", "\x1f", "😀", "sep=;"]
)
ROWS = st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=12)


def both(folder: Path, content: bytes) -> tuple[bool, list, list]:
    """Whether the file is plain; its rows read at once, where it is; and read row by row."""
    path = folder / "Content.csv"
    path.write_bytes(content)
    with open_export(path) as export:
        (member,) = export.members
        table = read_table(member)
        if plain.may_be_plain(member, table):
            with suppress(plain.NotPlain):
                at_once = [row for part in plain.frames(member, table) for row in part.rows()]
                return True, list(enumerate(at_once, start=2)), list(table.rows)
        return False, [], list(table.rows)


@examples(300)
@given(ROWS, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.integers(1, 40))
@example([("", "", ""), ("a", "b", "c")], "\n", False, 40)
@example([("a", "b", "c")], "\n", True, 3)
def test_rows_read_at_once_are_those_read_one_by_one(
    rows: Sequence[tuple[str, str, str]], end: str, is_ended: bool, block: int
):
    """Whatever is in the fields, and wherever blocks are cut; what another program writes is not taken for plain."""
    content = studio(HEADER, *rows) if end == "\n" else csv_of(HEADER, *rows, end=end).encode("utf-8-sig")
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(plain, "BLOCK", block)
        patched.setattr(plain, "LARGE", 0)
        try:
            is_plain, at_once, one_by_one = both(Path(folder), content + (b"\n" if is_ended else b""))
        except Refused:
            return
    marks = '"\r\n'
    assert is_plain == (
        end == "\n" and all(any(row) and not any(set(text) & set(marks) for text in row) for row in rows)
    )
    assert not is_plain or at_once == one_by_one


@pytest.mark.parametrize(
    "content",
    [
        csv_of(HEADER, ("a", "b", "1"), delimiter=";").encode(),
        csv_of(HEADER, ("a", "ß", "1")).encode("utf-16"),
        csv_of(HEADER, ("a", "ß", "1")).encode("cp1252"),
        b'Time,"Video title","Total views"\n"a","b","1"',
        b'"Time","Video title",""\n"a","b",""',
        b'\n"Time","Video title"\n"a","b"',
        b'"sep=,"\n"Time"\n"a"',
    ],
)
def test_what_is_not_as_tiktok_writes_it(tmp_path, monkeypatch, content: bytes):
    """Other delimiters, encodings, missing quotes, or columns without a name are read row by row."""
    monkeypatch.setattr(plain, "LARGE", 0)
    assert both(tmp_path, content)[0] is False


@examples(100)
@given(ROWS)
def test_lines_of_raw_are_the_same_bytes(rows: Sequence[tuple[str, str, str]]):
    """A file that is read at once leaves the lines that it leaves when it is read row by row."""
    written = []
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        path = Path(folder) / "Content.csv"
        path.write_bytes(studio(HEADER, *rows))
        for least in (1 << 30, 0):
            patched.setattr(plain, "LARGE", least)
            try:
                with open_export(path) as export:
                    raw._write(Path(folder) / "raw", export.members[0], ORIGIN)
            except Refused:
                return
            written.append((Path(folder) / "raw").read_bytes())
    assert written[0] == written[1]


def address(number: int, handle: str = "made.up_1", kind: str = "video", query: str = "") -> str:
    return f"https://www.tiktok.com/@{handle}/{kind}/{number}{query}"


NUMBER = 1767198755 << 32  # uploaded on 31 December 2025
NUMBERS = st.integers(0, 4).map(lambda number: NUMBER + number)
COUNTS = st.sampled_from(["1", "1", "1", "1", "0", "-2", "1,000", "undefined", "", " 7", "+5"])
VIDEOS = st.tuples(
    st.sampled_from(["March 3", "March 3", "March 3", "march 3", "March 4"]),
    st.sampled_from(["t", "", "naïve #tea"]),
    st.builds(address, NUMBERS, st.sampled_from(["made.up_1", "Made.Up_1", "b"]))
    | st.builds(address, NUMBERS, kind=st.just("photo"), query=st.just("?lang=en")),
    st.sampled_from(["March 1", "31 December", "undefined"]),
    *([COUNTS] * 4),
)
WRONG = st.one_of(
    st.tuples(st.just(0), st.sampled_from(["", "Total", "2026-02-30"])),
    st.tuples(st.just(2), st.sampled_from(["", "https://vm.tiktok.com/ZM/", address(9_223_372_036_854_775_808)])),
    st.tuples(st.just(3), st.just("soon")),
    st.tuples(st.integers(4, 7), st.sampled_from(["1.2K", "many", "\u0663"])),
    st.tuples(st.just(1), st.just('a "quote"')),
)


@examples(150)
@given(st.lists(VIDEOS, min_size=1, max_size=12), st.none() | WRONG, st.integers(0, 11), st.integers(1, 400))
def test_what_a_report_says_is_the_same(
    rows: list[tuple[str, ...]], wrong: tuple[int, str] | None, at: int, block: int
):
    """Days, posts, handles and repeated rows, and the one reason why a report is refused, with its line."""
    if wrong is not None:
        place, text = wrong
        rows[at % len(rows)] = (*rows[at % len(rows)][:place], text, *rows[at % len(rows)][place + 1 :])
    said: list[object] = []
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(plain, "BLOCK", block)
        patched.setattr(videos, "MOST_POSTS", 3)
        for least in (1 << 30, 0):
            patched.setattr(plain, "LARGE", least)
            try:
                said.append(examined(Path(folder), studio(CONTENT, *rows)))
            except Refused as refusal:
                said.append((refusal.code, str(refusal)))
    assert said[0] == said[1]


def test_it_is_the_quick_way_that_is_taken(tmp_path, monkeypatch):
    """A large Content report as TikTok writes it is not read row by row."""
    monkeypatch.setattr(plain, "LARGE", 0)
    monkeypatch.setattr(Rows, "batches", None)
    row = ("March 3", "t", address(NUMBER), "March 1", "1", "2", "3", "4")
    assert examined(tmp_path, studio(CONTENT, row)).posts == (Post(str(NUMBER), Label(3, 1), Label(3, 3)),)

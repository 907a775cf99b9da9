"""Large files as TikTok writes them are read many rows at once, and give just what reading row by row gives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from include.account_analytics import raw
from include.account_analytics.facts import Refused
from include.account_analytics.reading import plain
from include.account_analytics.reading.containers import open_export
from include.account_analytics.reading.tables import read_table
from tests.include.account_analytics.reading.files import csv_of, studio

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
        if not plain.is_plain(member, table):
            return False, [], list(table.rows)
        at_once = [row for part in plain.frames(member, table) for row in part.rows()]
        return True, list(enumerate(at_once, start=2)), list(table.rows)


@settings(max_examples=300, deadline=None)
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
def test_what_is_not_as_tiktok_writes_it(tmp_path, content: bytes):
    """Other delimiters, encodings, missing quotes, or columns without a name are read row by row."""
    assert both(tmp_path, content)[0] is False


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_lines_of_raw_are_the_same_bytes(rows: Sequence[tuple[str, str, str]]):
    """A file that is read at once leaves the lines that it leaves when it is read row by row."""
    written = []
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        path = Path(folder) / "Content.csv"
        path.write_bytes(studio(HEADER, *rows))
        for least in (1 << 30, 0):
            patched.setattr(raw, "LARGE", least)
            try:
                with open_export(path) as export:
                    raw._write(Path(folder) / "raw", export.members[0], ORIGIN)
            except Refused:
                return
            written.append((Path(folder) / "raw").read_bytes())
    assert written[0] == written[1]

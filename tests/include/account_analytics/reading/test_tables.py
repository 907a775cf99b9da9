"""CSV as TikTok, spreadsheets and accidents leave it."""

from __future__ import annotations

import pytest

from include.account_analytics.facts import Label, Refused
from include.account_analytics.reading import texts
from include.account_analytics.reading.containers import open_export
from include.account_analytics.reading.tables import read_table
from tests.include.account_analytics.reading.files import CONTENT, OVERVIEW, csv_of, examined, studio

DAYS = (OVERVIEW, ("8 de março", "10", "1", "2", "3", "4"), ("9 de março", "20", "1", "2", "3", "4"))
LABELS = (Label(3, 8), Label(3, 9))


def read(tmp_path, content: bytes):
    """Header, encoding, delimiter and all rows."""
    path = tmp_path / "x"
    path.write_bytes(content)
    with open_export(path) as export:
        table = read_table(export.members[0])
        return table.header, table.encoding, table.delimiter, list(table.rows)


@pytest.mark.parametrize(
    ("encoding", "mark", "said"),
    [
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-8", b"", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("cp1252", b"", "cp1252"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encoding_and_delimiter(tmp_path, encoding: str, mark: bytes, said: str, delimiter: str, end: str):
    """Each encoding, with its mark or without, each delimiter and each line end give the same header and rows."""
    content = mark + csv_of(*DAYS, delimiter=delimiter, end=end).encode(encoding)
    assert read(tmp_path, content) == (OVERVIEW, said, delimiter, [(2, DAYS[1]), (3, DAYS[2])])


def test_letters_of_windows_far_down(tmp_path):
    """One letter of Windows-1252 behind 200 KB of ASCII decides the encoding of the whole file."""
    rows = [("Time", "title")] + [("March 3", "x" * 100)] * 2000 + [("March 3", "café")]
    header, encoding, _, found = read(tmp_path, csv_of(*rows).encode("cp1252"))
    assert (header, encoding, found[-1]) == (("Time", "title"), "cp1252", (2002, ("March 3", "café")))


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        ("a,b\né,1\n".encode() + b"\xe9,2\n", "damaged", "Line 3 cannot be read as UTF-8"),
        (b"\xef\xbb\xbfa,b\n1,2\n\xe9,2\n", "damaged", "Line 3 cannot be read as UTF-8"),
        (csv_of(("é", "b"), ("x", "é")).encode()[:-2], "damaged", "Line 2"),
        (b"a,b\n\x81\xff,1\n", "damaged", "Line 2"),
        (b"\xff\xfea\0,\0b\0\n\0\x31\0,\0\x32\0\n", "damaged", "cannot be read as UTF-16-LE"),
        (b"a,b\n1,\0\0\0\0\0\0\0\0\0\0\0\0\n", "binary", "no text"),
        (b"a,b\n" + b"1,2\n" * 20000 + b"1,\0\n", "damaged", "Line 20002"),
        (b'a,b\n1,"2\n3,4\n', "damaged", "Line 2: a quote is opened and never closed"),
        (b'a,b\n1,2\n3,"4"5\n', "damaged", "Line 3: text follows a closing quote"),
        (b'a,b\n1,"' + b"2\n3,4\n" * 40000, "damaged", "Line 2: a field is longer"),
        (b"a,b\n1,2\n3\n", "damaged", "Line 3 has 1 values, the header 2"),
        (b"a,b\n1,2\n3,4,5\n", "damaged", "Line 3 has 3 values, the header 2"),
        (b"\n\n  \n", "empty", "nothing in this file"),
        (b"\xef\xbb\xbf", "empty", "nothing in this file"),
        (b",,,\n", "empty", "nothing in this file"),
        (b"x," * 300, "columns", "has 300 columns"),
    ],
)
def test_damaged_texts(tmp_path, content: bytes, code: str, message: str):
    """What is cut off or damaged is refused with the line where it shows."""
    with pytest.raises(Refused, match=message) as refusal:
        read(tmp_path, content)
    assert refusal.value.code == code


def test_a_line_without_end(tmp_path):
    """A line of millions of commas is never held as one row."""
    content = b"Date,Likes\n" + b"x," * (3 << 20)
    path = tmp_path / "x"
    path.write_bytes(content)
    with open_export(path) as export:
        longest = max(len(values) for _, values in texts.rows_of(export.open, "utf-8", ","))
        with pytest.raises(Refused, match="Line 2 has"):
            list(read_table(export.members[0]).rows)
    assert longest <= texts.LONGEST_LINE


def test_lines_are_those_a_person_finds(tmp_path):
    """Quotes, delimiters and line breaks inside fields stay; a row's line is where it begins in the file."""
    title = 'He said "hi",\nthen; left\r\n\r\n#end'
    content = csv_of(("Title", "Views"), ("plain", "1"), (title, "2"), ("last", "3")).encode("utf-8-sig")
    assert read(tmp_path, content)[3] == [(2, ("plain", "1")), (3, (title, "2")), (7, ("last", "3"))]


def test_empty_rows_and_columns(tmp_path):
    """Empty rows, and empty columns at the end, as spreadsheets leave them, are no rows and no columns."""
    content = b'"Date","Likes",,\r\n\r\n"March 1",1,,\r\n,,,\r\n"March 2",2,,\r\n\r\n'
    assert read(tmp_path, content) == (("Date", "Likes"), "utf-8", ",", [(3, ("March 1", "1")), (5, ("March 2", "2"))])


def test_separator_line(tmp_path):
    """The line `sep=;` that Excel understands is no header."""
    assert read(tmp_path, b"sep=;\r\nDate;Likes\r\nMarch 1;1,5\r\n") == (
        ("Date", "Likes"),
        "utf-8",
        ";",
        [(3, ("March 1", "1,5"))],
    )


def test_a_delimiter_inside_a_header_does_not_deceive(tmp_path):
    """The delimiter is the one that parts the header into most columns."""
    assert read(tmp_path, b'"a;b;c",d,e,f\n1,2,3,4\n')[2] == ","
    assert read(tmp_path, b"Date\n1\n")[2] == ","


def test_saved_again_by_a_spreadsheet(tmp_path):
    """Semicolons, Windows-1252 and dates as `08. Mrz` are read to the same days and numbers, and told."""
    rows = (OVERVIEW, ("08. Mrz", "1.200", "1", "-2", "3", "4"), ("09. Mrz", "20", "1", "2", "3", "4"))
    content = "\r\n".join(";".join(row) for row in rows).replace("Date", "Datum") + "\r\n"
    found = examined(tmp_path, (content + ";;;;;\r\n").encode("cp1252"))
    assert (found.labels, found.metrics["video_views"], found.metrics["likes"]) == (LABELS, (1200, 20), (-2, 2))
    assert found.warnings == ("Saved again by another program: columns are parted by ';'.",)
    caption = (
        "March 3",
        "Café",
        "https://www.tiktok.com/@a.b/video/7440000000000000001",
        "March 1",
        "1",
        "2",
        "3",
        "4",
    )
    found = examined(tmp_path, csv_of(CONTENT, caption).encode("cp1252"))
    assert "Windows-1252" in found.warnings[0]


def test_years_of_a_spreadsheet_are_not_believed(tmp_path):
    """Studio writes no year: one in its files is that of the day on which a spreadsheet was opened."""
    rows = (OVERVIEW, ("2027-03-08", "10", "1", "2", "3", "4"), ("2027-03-09", "20", "1", "2", "3", "4"))
    found = examined(tmp_path, studio(*rows))
    assert found.labels == LABELS
    assert "it put years into the dates" in found.warnings[0]

"""XLSX as TikTok writes it, as spreadsheets save it again, and as nobody should."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest

from include.account_analytics.facts import Label, Refused
from include.account_analytics.reading.containers import open_export
from include.account_analytics.reading.tables import read_table
from tests.include.account_analytics.reading.files import CONTENT, OVERVIEW, examined, zip_of

TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"""
WORKBOOK = """<?xml version="1.0" encoding="UTF-8"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
<sheets><sheet name="Overview" sheetId="1" r:id="rId1"/></sheets></workbook>"""
RELATIONS = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
 Target="worksheets/sheet1.xml"/></Relationships>"""
SHEET = '<?xml version="1.0"?><worksheet xmlns="http://x"><sheetData>{}</sheetData></worksheet>'
LINK = "https://www.tiktok.com/@a.b/video/7440000000000000001"


def xlsx(rows: str, **parts: str) -> bytes:
    """A workbook of one sheet with these rows; further parts, or other ones, by name."""
    content = {
        "[Content_Types].xml": TYPES,
        "xl/workbook.xml": WORKBOOK,
        "xl/_rels/workbook.xml.rels": RELATIONS,
        "xl/worksheets/sheet1.xml": SHEET.format(rows),
    }
    content.update(parts)
    return zip_of({name: text.encode() for name, text in content.items()})


def strings(*rows: tuple[str, ...]) -> str:
    """Every cell a text in its place, as TikTok writes them."""
    return "".join(
        f'<row r="{line}">'
        + "".join(f'<c r="{chr(65 + column)}{line}" t="str"><v>{text}</v></c>' for column, text in enumerate(row))
        + "</row>"
        for line, row in enumerate(rows, start=1)
    )


def written(fill, **options) -> bytes:
    """A workbook as a spreadsheet program saves it: `fill(book, sheet)`."""
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, **options})
    fill(book, book.add_worksheet("Overview"))
    book.close()
    return file.getvalue()


def read(tmp_path, content: bytes):
    path = tmp_path / "x"
    path.write_bytes(content)
    with open_export(path) as export:
        assert export.container == "xlsx"
        table = read_table(export.members[0])
        return table.header, list(table.rows)


DAY = ("8 de marzo", "1,200", "1", "-2", "undefined", "4")


def test_as_tiktok_writes_it(tmp_path):
    """A workbook of texts, bare or in a ZIP, says the same as the CSV."""
    content = xlsx(strings(OVERVIEW, DAY))
    for found in (examined(tmp_path, content), examined(tmp_path, zip_of({"Overview.xlsx": content}))):
        assert (found.format.name, found.labels, found.lines) == ("studio_overview", (Label(3, 8),), (2,))
        assert found.metrics == {
            "video_views": (1200,),
            "profile_views": (1,),
            "likes": (-2,),
            "comments": (None,),
            "shares": (4,),
        }
        assert (found.encoding, found.delimiter, found.warnings) == ("xlsx", "", ())


def test_typed_cells_of_a_spreadsheet(tmp_path):
    """Numbers, shared texts, dates and truths of a workbook that was saved again become the texts that are shown."""

    def fill(book, sheet):
        day = book.add_format({"num_format": "mmmm d"})
        stamp = book.add_format({"num_format": "yyyy/mm/dd hh:mm:ss"})
        euros = book.add_format({"num_format": '#,##0 "dm"'})
        sheet.write_row(0, 0, ["Date", "When", "Count", "Share", "Large", "True", "Coloured"])
        sheet.write_datetime(1, 0, date(2026, 3, 8), day)
        sheet.write_datetime(1, 1, datetime(2025, 12, 31, 16, 32, 37), stamp)  # noqa: DTZ001
        sheet.write_number(1, 2, 1200, euros)
        sheet.write_number(1, 3, 0.59)
        sheet.write_number(1, 4, 12345678901234)
        sheet.write_boolean(1, 5, True)
        sheet.write_rich_string(1, 6, "a ", book.add_format({"bold": True}), "b & c", " d")
        sheet.write_string(4, 0, "x")

    expected = [
        (2, ("2026-03-08", "2025-12-31 16:32:37", "1200", "0.59", "12345678901234", "TRUE", "a b & c d")),
        (5, ("x", "", "", "", "", "", "")),
    ]
    assert read(tmp_path, written(fill))[1] == expected
    assert read(tmp_path, written(fill, date_1904=True))[1] == expected


def test_the_same_as_another_reader(tmp_path):
    """Texts with spaces, breaks, marks and letters of all kinds are read as `fastexcel` reads them."""
    import fastexcel

    texts = ["Date", " a  b ", "x\ny", "<&>\"'", "日本 😀", "_x000D_", "=1+1", "007", "e\u0301", "tab\there"]

    def fill(_, sheet):
        for place, text in enumerate(texts):
            sheet.write_string(0, place, f"h{place}")
            sheet.write_string(1, place, text)

    content = written(fill)
    other = fastexcel.read_excel(content).load_sheet(0, dtypes="string").to_polars()
    header, rows = read(tmp_path, content)
    assert header == tuple(other.columns)
    assert [values for _, values in rows] == [tuple(other.row(0))] == [tuple(texts)]


def test_cells_without_a_place(tmp_path):
    """Rows and cells that do not say where they are follow each other; empty and missing ones leave their gap."""
    rows = (
        '<row><c t="inlineStr"><is><t>Date</t></is></c><c t="inlineStr"><is><r><t>Li</t></r><r><t>kes</t></r></is></c>'
        '<c t="str"><v>Name</v></c></row><row/>'
        '<row><c t="str"><v>March 1</v></c><c r="C3" t="inlineStr"><is><t>東</t><rPh><t>ヒガシ</t></rPh></is></c></row>'
        '<row><c t="inlineStr"/><c><v>5</v></c><c s="0"/><c r="ZZ4"/></row>'
    )
    assert read(tmp_path, xlsx(rows)) == (("Date", "Likes", "Name"), [(3, ("March 1", "", "東")), (4, ("", "5", ""))])


def test_shared_texts_keep_their_places(tmp_path):
    """An empty shared text counts, readings do not belong to the text, and a place that is not there is empty."""
    shared = (
        "<si><t>Date</t></si><si/><si><r><t>Li</t></r><r><t>kes</t></r><rPh><t>no</t></rPh></si><si><t>_x0041_</t></si>"
    )
    rows = "".join(
        f'<row><c t="s"><v>{a}</v></c><c t="s"><v>{b}</v></c></row>' for a, b in ((0, 2), (3, 1), (1, 3), (9, 0))
    )
    content = xlsx(rows, **{"xl/sharedStrings.xml": f"<sst>{shared}</sst>"})
    found = read(tmp_path, content)
    assert found == (("Date", "Likes"), [(2, ("A", "")), (3, ("", "A")), (4, ("", "Date"))])


def test_years_of_date_cells_are_not_believed(tmp_path):
    """A date cell of Studio's report holds the year in which somebody opened the file: only day and month count."""

    def fill(book, sheet):
        day = book.add_format({"num_format": "d-mmm"})
        sheet.write_row(0, 0, OVERVIEW)
        for line, number in ((1, 8), (2, 9)):
            sheet.write_datetime(line, 0, date(2027, 3, number), day)
            sheet.write_row(line, 1, [10 * number, 1, 2, 3, 4])

    found = examined(tmp_path, written(fill))
    assert (found.labels, found.metrics["video_views"]) == ((Label(3, 8), Label(3, 9)), (80, 90))
    assert "it put years into the dates" in found.warnings[0]


def test_links_of_cells_are_texts(tmp_path):
    """A spreadsheet that makes the videos' addresses clickable changes nothing."""

    def fill(_, sheet):
        sheet.write_row(0, 0, CONTENT)
        sheet.write_row(1, 0, ["March 3", "", "", "March 1", "1", "2", "3", "4"])
        sheet.write_url(1, 2, LINK)

    assert examined(tmp_path, written(fill)).posts[0].video_id == "7440000000000000001"


def two_sheets(book, sheet):
    sheet.write_row(0, 0, OVERVIEW)
    book.add_worksheet("Export Summary")


def formula(_, sheet):
    sheet.write_row(0, 0, OVERVIEW)
    sheet.write_row(1, 0, DAY)
    sheet.write_formula(1, 1, "=SUM(1,2)", None, 3)


BILLION = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"""
ROWS = strings(OVERVIEW, DAY)
OUTSIDE = (
    '<Relationships><Relationship Id="r" Type="http://x/{}" Target="file:///x" TargetMode="External"/></Relationships>'
)


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (written(two_sheets), "sheets", "2 sheets; the original export has one"),
        (written(formula), "formulas", "Line 2 holds a formula"),
        (xlsx(ROWS, **{"xl/vbaProject.bin": "x"}), "macros", "macros"),
        (xlsx(ROWS, **{"xl/macrosheets/sheet1.xml": "x"}), "macros", "macros"),
        (
            xlsx(
                ROWS,
                **{
                    "[Content_Types].xml": TYPES.replace("openxmlformats", "ms-excel").replace(
                        "sheet.main", "sheet.macroEnabled.main"
                    )
                },
            ),
            "macros",
            "macros",
        ),
        (xlsx(ROWS, **{"xl/externalLinks/externalLink1.xml": "<x/>"}), "external_links", "links to other files"),
        (xlsx(ROWS, **{"xl/connections.xml": "<x/>"}), "external_links", "links to other files"),
        (
            xlsx(ROWS, **{"xl/worksheets/_rels/sheet1.xml.rels": OUTSIDE.format("image")}),
            "external_links",
            "links to other files",
        ),
        (xlsx(ROWS, **{"xl/embeddings/x.bin": "x"}), "embedded", "other files inside"),
        (xlsx(ROWS, **{"xl/workbook.xml": BILLION + "<workbook/>"}), "xml_bomb", "declares a document type"),
        (
            xlsx(ROWS, **{"xl/worksheets/sheet1.xml": BILLION + "<worksheet>&b;</worksheet>"}),
            "xml_bomb",
            "document type",
        ),
        (xlsx(ROWS, **{"xl/sharedStrings.xml": BILLION + "<sst/>"}), "xml_bomb", "document type"),
        (xlsx(ROWS, **{"xl/workbook.xml": "<workbook>" + "<x/>" * 100_001}), "zip_bomb", "far more than an export has"),
        pytest.param(
            xlsx(ROWS, **{"xl/sharedStrings.xml": "<sst>" + "<si/>" * 1_000_001}),
            "zip_bomb",
            "more texts than any report",
            marks=pytest.mark.thorough,
        ),
        (xlsx(ROWS[:-8]), "damaged", "damaged in xl/worksheets/sheet1.xml"),
        (
            xlsx(ROWS, **{"xl/_rels/workbook.xml.rels": RELATIONS.replace("sheet1", "sheet7")}),
            "damaged",
            "lacks its part",
        ),
        (
            xlsx(ROWS, **{"xl/_rels/workbook.xml.rels": RELATIONS.replace("/worksheet", "/chartsheet")}),
            "sheets",
            "no sheet with cells",
        ),
        (xlsx(ROWS, **{"xl/_rels/workbook.xml.rels": RELATIONS.replace("Target", "Goal")}), "damaged", "damaged"),
        (xlsx(ROWS, **{"xl/styles.xml": '<x><numFmt formatCode="d"/></x>'}), "damaged", "damaged"),
        (xlsx('<row r="x"><c><v>1</v></c></row>'), "damaged", "damaged"),
        (xlsx("<row><c><v>one</v></c></row>"), "damaged", "damaged"),
        (xlsx('<row><c r="AZZ1" t="str"><v>1</v></c></row>'), "columns", "more than 1000 columns"),
        (xlsx(f'<row><c t="str"><v>{"x" * 200_000}</v></c></row>'), "damaged", "longer than any report has"),
        (xlsx(""), "empty", "nothing in this file"),
        (
            zip_of({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}),
            "other_office",
            "another kind",
        ),
        (zip_of({"[Content_Types].xml": b"", "word/document.xml": b""}), "other_office", "another kind"),
        (zip_of({"xl/workbook.bin": b"x"}), "other_office", "another kind"),
        (zip_of({"Index/Document.iwa": b"x"}), "other_office", "Numbers"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_refused_workbooks(tmp_path, content: bytes, code: str, message: str):
    """What a genuine workbook has not is refused by name, bare and inside a ZIP."""
    for kind in (content, zip_of({"Overview.xlsx": content})):
        with pytest.raises(Refused, match=message) as refusal:
            examined(tmp_path, kind)
        assert refusal.value.code == code


def test_a_dates_style_is_one_of_days():
    """A format of money or of large numbers is none of days, whatever letters stand in quotes and colours."""
    from include.account_analytics.reading.workbooks import _date_styles

    formats = ['#,##0 "days"', "[Red]0.0", r"0\d", "0.00E+00", "General", 'd" de "mmmm', "yyyy/mm/dd", "mmm d"]
    entries = "".join(
        f'<numFmt numFmtId="{164 + place}" formatCode="{text.replace(chr(34), "&quot;")}"/>'
        for place, text in enumerate(formats)
    )
    styles = "".join(f'<xf numFmtId="{164 + place}"/>' for place in range(len(formats))) + '<xf numFmtId="16"/><xf/>'
    text = f'<x><numFmts>{entries}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{styles}</cellXfs></x>'
    with zipfile.ZipFile(io.BytesIO(xlsx(ROWS, **{"xl/styles.xml": text}))) as archive:
        assert _date_styles(archive) == {5, 6, 7, 8}

"""Month names of many languages, as files write them."""

from __future__ import annotations

import calendar
import tomllib
from datetime import UTC, datetime

import pytest

from include.account_analytics.facts import Label, Refused
from include.account_analytics.reading.labels import PATH, BadMonths, Months, parse_label, parse_moment

MONTHS = Months.load()
TABLE = tomllib.loads(PATH.read_text(encoding="utf-8"))["months"]


@pytest.mark.parametrize(
    ("text", "month", "day"),
    [
        # As genuine files and notes on them have it.
        ("March 3", 3, 3),
        ("September 17", 9, 17),
        ("28 August", 8, 28),
        ("10 February", 2, 10),
        ("May 6", 5, 6),
        ("8 de marzo", 3, 8),
        ("8 de março", 3, 8),
        ("30 de abril", 4, 30),
        ("18 tháng Sáu", 6, 18),
        ("18 января", 1, 18),
        ("9月13日", 9, 13),
        ("8 Juli", 7, 8),
        ("17 Μαρτίου", 3, 17),
        ("13. Februar", 2, 13),
        # Korean, Chinese, Thai, Arabic of the Gulf, the Levant, Algeria and Morocco.
        ("9월 13일", 9, 13),
        ("12月3日", 12, 3),
        ("11月1日", 11, 1),
        ("9 月 13 日", 9, 13),
        ("13 มีนาคม", 3, 13),
        ("13 ม.ค.", 1, 13),
        ("๑๓ ธันวาคม", 12, 13),
        ("13 يناير", 1, 13),
        ("١٣ كانون الثاني", 1, 13),
        ("١٣ كانون الأول", 12, 13),
        ("13 تشرين الأول", 10, 13),
        ("13 اب", 8, 13),
        ("13 اغسطس", 8, 13),
        ("13 ابريل", 4, 13),
        ("13 أَيَّار", 5, 13),
        ("13 جويلية", 7, 13),
        ("13 غشت", 8, 13),
        ("\u200f٣ آذار", 3, 3),
        # The other languages of the table.
        ("1er mars", 3, 1),
        ("14 févr.", 2, 14),
        ("1º marzo", 3, 1),
        ("3 gen", 1, 3),
        ("29 Şubat", 2, 29),
        ("3 KASIM", 11, 3),
        ("3 HAZİRAN", 6, 3),
        ("3 września", 9, 3),
        ("3 paź", 10, 3),
        ("3 mrt.", 3, 3),
        ("3 mei", 5, 3),
        ("3 juni", 6, 3),
        ("27 дек.", 12, 27),
        ("3 май", 5, 3),
        ("ngày 18 tháng 12", 12, 18),
        ("18 tháng Mười Hai", 12, 18),
        ("1 tháng Mười", 10, 1),
        ("1 tháng 1", 1, 1),
        ("8 d’abril", 4, 8),
        ("March 1st", 3, 1),
        # Of pages of which no file was seen.
        ("3 березня", 3, 3),
        ("3. července", 7, 3),
        ("3. června", 6, 3),
        ("március 3.", 3, 3),
        ("3. maaliskuuta", 3, 3),
        ("3 Setyembre", 9, 3),
        ("3 במרץ", 3, 3),
        ("३ मार्च", 3, 3),
        ("৩ মার্চ", 3, 3),
        # Saved again by spreadsheets.
        ("3-Mar", 3, 3),
        ("03. Mrz", 3, 3),
        ("08-mar", 3, 8),
        ("8/mar", 3, 8),
        ("  march\u00a03 ", 3, 3),
    ],
)
def test_label(text: str, month: int, day: int):
    """A day is read in any of these languages, day or month first, long or short, with or without a dot."""
    assert parse_label(text, MONTHS) == Label(month, day)


@pytest.mark.parametrize("language", TABLE)
@pytest.mark.parametrize("month", range(1, 13))
def test_every_form(language: str, month: int):
    """Every form of the table, in capitals too, means its month before and behind the day, and no other month."""
    for form in TABLE[language][month - 1]:
        for text in (f"17 {form}", f"{form} 17", f"17 {form.upper()}", f"17. {form}."):
            assert parse_label(text, MONTHS) == Label(month, 17), text


@pytest.mark.parametrize("form", ["{m}月{d}日", "{m}월 {d}일", "{d} tháng {m}", "{m:02}月{d:02}日", "2026年{m}月{d}日"])
def test_numbered_months(form: str):
    """Where months are numbers, no day is taken for a part of its month, nor the other way round."""
    for month in range(1, 13):
        for day in range(1, calendar.monthrange(2026, month)[1] + 1):
            label = parse_label(form.format(m=month, d=day), MONTHS)
            assert (label.month, label.day) == (month, day)


@pytest.mark.parametrize(
    "text",
    [
        "February 30",
        "0 March",
        "32 March",
        "March",
        "12",
        "3 Marchh",
        "Mar-24",  # as often March 2024
        "29 August 08",
        "04/01/2026",  # April or January
        "2026/13/01",
        "2026/02/29",
        "1970/01/01",
        "2569/04/01",
        "March 3 March 4",
        "3 March 4",
        "undefined",
        "",
        "tháng 118",
        "3 de",
        "46084",
    ],
)
def test_unreadable(text: str):
    """What is no day, or could be two, is refused with the text and never guessed."""
    with pytest.raises(Refused, match="is not a date") as refusal:
        parse_label(text, MONTHS)
    assert refusal.value.code == "unreadable_date"


@pytest.mark.parametrize(
    "text",
    ["2026/04/01", "2026-4-1", "2026-04-01 00:00:00", "01.04.2026", "April 1, 2026", "1 April 2026", "2026年4月1日"],
)
def test_label_with_a_year(text: str):
    """A date with its year keeps it."""
    assert parse_label(text, MONTHS) == Label(4, 1, 2026)


def test_moment():
    """A post time of business exports is a moment in UTC; day and month the other way round are not."""
    assert parse_moment("2025/12/31 16:32:37") == datetime(2025, 12, 31, 16, 32, 37, tzinfo=UTC)
    assert parse_moment("2025-12-31 16:32") == datetime(2025, 12, 31, 16, 32, tzinfo=UTC)
    for text in ("31/12/2025 16:32", "2025/02/30 10:00:00", "2025/12/31 25:00:00", "2025/12/31", "0001/01/01 00:00:00"):
        with pytest.raises(Refused, match="is not a moment"):
            parse_moment(text)


def test_a_form_of_two_months_is_no_table(tmp_path):
    """A form that means November in one language and October in another is found when the table is loaded."""
    text = PATH.read_text(encoding="utf-8")
    path = tmp_path / "months.toml"
    months = ", ".join(f'["x{month}"]' for month in range(1, 10))
    path.write_text(f'{text}\nhr = [{months}, ["listopad"], ["studeni"], ["prosinac"]]\n', encoding="utf-8")
    with pytest.raises(BadMonths, match="'listopad' is month 11 and 10"):
        Months.load(path)
    path.write_text(f"{text}\nhr = [{months}]\n", encoding="utf-8")
    with pytest.raises(BadMonths, match="hr: twelve months"):
        Months.load(path)


def test_a_mark_of_the_day_is_no_beginning_of_a_month(tmp_path):
    """With `a` as a mark behind a day, `17 aout` is August and not `17a`, `out`, which is October."""
    path = tmp_path / "months.toml"
    path.write_text(PATH.read_text(encoding="utf-8").replace('"º", ', '"º", "ª", '), encoding="utf-8")
    months = Months.load(path)
    assert parse_label("17ª out", months) == Label(10, 17)
    assert parse_label("17 aout", months) == Label(8, 17)


def test_a_language_is_one_entry(tmp_path):
    """A language that was not known is read once its twelve lists stand in the table."""
    months = [
        "jaanuar",
        "veebruar",
        "märts",
        "aprill",
        "mai",
        "juuni",
        "juuli",
        "august",
        "september",
        "oktoober",
        "november",
        "detsember",
    ]
    with pytest.raises(Refused):
        parse_label("3. märts", MONTHS)
    path = tmp_path / "months.toml"
    forms = ", ".join(f'["{month}"]' for month in months)
    path.write_text(f"{PATH.read_text(encoding='utf-8')}\net = [{forms}]\n", encoding="utf-8")
    assert parse_label("3. märts", Months.load(path)) == Label(3, 3)

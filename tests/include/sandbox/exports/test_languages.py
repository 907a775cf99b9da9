"""Days are written as exports in each language write them."""

from datetime import date

import pytest

from include.sandbox.exports.languages import LANGUAGES, label


@pytest.mark.parametrize(
    ("language", "day", "text"),
    [
        ("en", (3, 3), "March 3"),
        ("en_day_first", (8, 28), "28 August"),
        ("en_short", (5, 6), "May 6"),
        ("es", (3, 8), "8 de marzo"),
        ("pt", (3, 8), "8 de março"),
        ("vi", (6, 18), "18 tháng Sáu"),
        ("vi", (11, 2), "2 tháng Mười Một"),
        ("ru", (1, 18), "18 января"),
        ("ja", (9, 13), "9月13日"),
        ("id", (7, 8), "8 Juli"),
        ("el", (3, 17), "17 Μαρτίου"),
        ("de", (2, 13), "13. Februar"),
        ("fr", (8, 1), "1 août"),
        ("it", (5, 2), "2 maggio"),
        ("tr", (2, 9), "9 Şubat"),
        ("pl", (10, 30), "30 października"),
        ("nl", (3, 4), "4 maart"),
        ("ko", (9, 13), "9월 13일"),
        ("zh", (12, 31), "12月31日"),
        ("th", (9, 13), "13 กันยายน"),
        ("ar", (9, 13), "13 سبتمبر"),
        ("ar_digits", (9, 13), "١٣ سبتمبر"),
    ],
)
def test_label(language: str, day: tuple[int, int], text: str):
    """A day stands without its year, in the order and form of the language."""
    assert label(date(2026, *day), language) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_day_differs(language: str):
    """No two days of a year are written alike."""
    first = date(2024, 1, 1).toordinal()
    assert len({label(date.fromordinal(first + number), language) for number in range(366)}) == 366

"""How numbers and names are written on the pages."""

from decimal import Decimal

import pytest
from jinja2 import meta

from plugins.dashboard import rendering


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "–"),
        (0, "$0.00"),
        (1234.5, "$1,234.50"),
        (Decimal("0.18"), "$0.180"),
        (Decimal("0.0004"), "$0.0004"),
        (Decimal("0.0000004"), "< $0.000001"),
    ],
)
def test_money(value, expected):
    """Money is never rounded to a nought that it is not."""
    assert rendering.money(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "–"),
        (0, "$0.00"),
        (Decimal("0.134") / 53, "$0.00253"),
        (Decimal("0.001"), "$0.00100"),
        (Decimal("0.0999"), "$0.0999"),
        (0.0134, "$0.0134"),
        (1.234, "$1.23"),
        (Decimal("0.0000004"), "< $0.000001"),
    ],
)
def test_unit_price(value, expected):
    """What one of something costs has three digits that count."""
    assert rendering.unit_price(value) == expected


@pytest.mark.parametrize(
    ("percentage", "count", "expected"),
    [
        (None, None, "–"),
        (Decimal("0.00"), -1, "−0.00 %"),
        (Decimal("0.00"), 1, "+0.00 %"),
        (Decimal("0.00"), 0, "±0.00 %"),
        (Decimal("-2.5"), -7, "−2.50 %"),
    ],
)
def test_grown(percentage, count, expected):
    """Growth that rounds to nothing keeps its sign."""
    assert rendering.grown(percentage, count) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(None, "–"), (42.4, "42 s"), (420, "7 min"), (11_100, "3 h 05 min"), (3_599, "1 h 00 min")],
)
def test_duration(seconds, expected):
    """Long times are said in hours and minutes."""
    assert rendering.duration(seconds) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "–"), (1123, "+1,123"), (-1123, "−1,123"), (0, "±0"), (Decimal("-2.5"), "−2.50")],
)
def test_signed(value, expected):
    """A change always has a sign, also when there is none."""
    assert rendering.signed(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\x00b\x1b[31m", "ab[31m"),
        ("Z" + "\u0300" * 40 + "o", "Z" + "\u0300" * 2 + "o"),
        ("Việt นี้", "Việt นี้"),
    ],
)
def test_calmed(text, expected):
    """Marks that reach into their surroundings go, letters of real languages stay."""
    assert rendering.calmed(text) == expected


def test_templates_find_each_other():
    """Whatever a template extends or includes is there, under the name it is called by."""
    known = set(rendering._environment.list_templates())
    named = {
        found
        for name in known
        if name.endswith(".html")
        for found in meta.find_referenced_templates(
            rendering._environment.parse((rendering.FOLDER / name).read_text(encoding="utf-8"))
        )
    }
    assert "comets/backtest_in_short.html" in named
    assert named <= known

"""Whatever is damaged in a file, it is read right or refused: no other error comes out, and no other numbers."""

from __future__ import annotations

import random

import pytest

from include.account_analytics.facts import Refused
from include.account_analytics.reading.containers import open_export
from include.account_analytics.reading.examine import examine
from tests.include.account_analytics.reading.files import CATALOGUE, MONTHS, OVERVIEW, studio, zip_of
from tests.include.account_analytics.reading.test_archives import packed
from tests.include.account_analytics.reading.test_workbooks import strings, xlsx

DAYS = (OVERVIEW, *((f"March {day}", str(day * 10), "1", "2", "3", "4") for day in range(1, 9)))
VIEWS = tuple(day * 10 for day in range(1, 9))
KINDS = {
    "csv": studio(*DAYS),
    "stored": zip_of({"Overview.csv": studio(*DAYS)}),
    "packed": packed(("Overview.csv", studio(*DAYS)), compression=8),
    "xlsx": xlsx(strings(*DAYS)),
    "xlsx in a zip": packed(("Overview.xlsx", xlsx(strings(*DAYS))), compression=8),
}


def damaged(content: bytes, luck: random.Random) -> bytes:
    """Bits turned over, a piece cut out, doubled, or lost at the end."""
    changed = bytearray(content)
    kind, place = luck.randrange(4), luck.randrange(len(content))
    length = luck.randrange(1, 40)
    if kind == 0:
        for _ in range(luck.randrange(1, 4)):
            changed[luck.randrange(len(changed))] ^= 1 << luck.randrange(8)
    elif kind == 1:
        del changed[place : place + length]
    elif kind == 2:
        changed[place:place] = changed[place : place + length]
    else:
        del changed[place:]
    return bytes(changed)


@pytest.mark.parametrize("kind", KINDS)
def test_damage(tmp_path, kind: str):
    """Of 200 damaged files each one is refused, or read; what has a sum is read only with the right numbers."""
    luck = random.Random(kind)  # noqa: S311
    path = tmp_path / "x"
    read = 0
    for _ in range(200):
        path.write_bytes(damaged(KINDS[kind], luck))
        try:
            with open_export(path) as export:
                for member in export.members:
                    found = examine(member, CATALOGUE, MONTHS)
                    read += 1
                    assert kind == "csv" or found.metrics["video_views"] == VIEWS
        except Refused as refusal:
            assert str(refusal)  # noqa: PT017
    assert read < 150

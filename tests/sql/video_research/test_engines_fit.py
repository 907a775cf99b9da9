"""Which results are as good as new ones, by what made them."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.types.json import Jsonb

WANTED = {"ocr": ["rapidocr 2"], "audio": ["ffmpeg 1", "no audio"]}

pytestmark = pytest.mark.server


@pytest.mark.parametrize(
    ("engines", "fits"),
    [
        ({"ocr": "rapidocr 2", "audio": "ffmpeg 1"}, True),
        ({"ocr": "rapidocr 2", "audio": "no audio", "speech": "whatever"}, True),
        ({"ocr": "rapidocr 1", "audio": "ffmpeg 1"}, False),
        ({"ocr": "rapidocr 2"}, False),
        ({"ocr": None, "audio": "ffmpeg 1"}, False),
        ({}, False),
    ],
)
def test_each_part_is_of_one_of_the_wanted(connection: psycopg.Connection, engines: dict[str, str | None], fits: bool):
    """Another engine, or none that is named, does not fit; parts that nobody asks for do not matter."""
    query = "select engines_fit(%s, %s)"
    assert connection.execute(query, [Jsonb(engines), Jsonb(WANTED)]).fetchall() == [(fits,)]

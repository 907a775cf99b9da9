"""A frame that does not have the shape of its layer is not written; the message says what is wrong, and shows no cell."""

from __future__ import annotations

import polars as pl
import pytest

from include.account_analytics import staged_files
from include.account_analytics.schemas import COLUMNS, KEYS, LayerBroken, checked, empty
from include.lake import Lake
from tests.include.account_analytics.frames import day, layer, snapshot

GOOD = layer("videos", snapshot("secret", 2, 10), snapshot("secret", 3, 10))


@pytest.mark.parametrize("name", COLUMNS)
def test_every_layer_has_a_key_and_an_empty_frame_fits(name):
    """Keys are columns of their layer."""
    assert set(KEYS[name]) <= set(COLUMNS[name])
    assert checked(name, empty(name)).is_empty()


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (GOOD.with_columns(snapshot_day=pl.lit(day(2))), "the same account, video_id, snapshot_day twice"),
        (GOOD.with_columns(total_views=pl.col("total_views").cast(pl.Float64)), "total_views: dtype"),
        (GOOD.with_columns(more=pl.lit(1)), "more"),
        (GOOD.drop("link"), "link"),
        (GOOD.with_columns(member=pl.lit(None, pl.String)), "member: not_nullable"),
        (GOOD.select(reversed(GOOD.columns)), "column_ordered"),
    ],
)
def test_what_is_wrong_is_named(frame, said):
    """The column or the key, never what is in it."""
    with pytest.raises(LayerBroken) as broken:
        checked("videos", frame)
    assert said in str(broken.value)
    assert "secret" not in str(broken.value)


def test_nothing_of_it_is_written(tmp_path):
    """The file that was there stays."""
    lake = Lake(f"file://{tmp_path}/lake")
    staged_files.write_frame(lake, "mara", "videos", GOOD)
    with pytest.raises(LayerBroken):
        staged_files.write_frame(lake, "mara", "videos", GOOD.drop("link"))
    assert staged_files.read_frame(lake, "mara", "videos").equals(GOOD)

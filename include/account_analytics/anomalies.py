"""Days that are not as an account usually is: seen by a rule, acknowledged by a person.

What is usual is taken from the eight weeks before a day, weekdays apart, the day itself left out. Counts are compared as
asinh(count), which is as good as their logarithm and takes negative ones. A growth that
swings around 0 is compared as it is: +100 and −100 are far apart as asinh. Days that are still being counted are not judged.
What happened three times in these weeks is usual: whoever posts on some days only has such days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl
import psycopg

from include import database

if TYPE_CHECKING:
    import numpy as np

WEEKS, FEWEST_DAYS = 8, 14
LIMIT = 3.5  # robust z-scores beyond it are outliers, as is usual
OFTEN = 3  # as far from its weekday as on so many days before: that is usual
TO_SIGMA = 1.4826  # of a normal distribution: its standard deviation ÷ its median absolute deviation
# What is judged: the column, how it is compared, and the smallest spread that an account is believed to have.
JUDGED = {
    "views": ("video_views", "count", 0.15),
    "engagement": ("engagement_rate", "rate", 0.005),
    "followers": ("follower_growth", "change", 0.3),
}
SWINGS = 0.25  # a growth that is below 0 on so many of the days before swings around it
FEWEST_VIEWS = 100  # below it neither views nor engagement are judged
FEWEST_FOLLOWERS = 20  # a day's growth of less, either way, is none to be told
DROP_SHARE, DROP_COUNT = 0.10, 50
SILENT_DAYS, ACTIVE_DAYS, ACTIVE_WINDOW = 3, 20, 28
AT_ONCE = 20_000  # days that are judged together
TWIN_VIEWS = 50  # no two days of genuine files with so many views are equal in everything
COLUMNS = {
    "account": pl.String,
    "day": pl.Date,
    "kind": pl.String,
    "subject": pl.String,
    "value": pl.Float64,
    "expected_low": pl.Float64,
    "expected_high": pl.Float64,
    "details": pl.String,
}


def find(daily: pl.DataFrame) -> pl.DataFrame:
    """All anomalies in the days of some accounts: account, day, kind, subject, value, the range expected, details (JSON)."""
    settled = daily.filter(~pl.col("is_provisional"), ~pl.col("has_no_data")).sort("account", "day")
    found = [pl.DataFrame(schema=COLUMNS), _follower_drops(settled), _twins(settled)]
    for days in _whole(settled):
        found += [_unusual(days, kind) for kind in JUDGED]
        found.append(_silences(days))
    return pl.concat(found).sort("account", "day", "kind", "subject")


def _whole(settled: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Of each account all days from its first to its last; some accounts at a time, in turn."""
    spans = settled.group_by("account", maintain_order=True).agg(
        first=pl.col("day").first(), last=pl.col("day").last(), judged=pl.len()
    )
    columns = settled.select("account", "day", *(column for column, *_ in JUDGED.values()))
    for _, some in spans.group_by((pl.col("judged").cum_sum() - 1) // AT_ONCE, maintain_order=True):
        days = some.select("account", day=pl.date_ranges("first", "last")).explode("day", empty_as_null=True)
        yield days.join(columns, on=["account", "day"], how="left", maintain_order="left")


def _anomalies(frame: pl.DataFrame, kind: pl.Expr | str, **columns: Any) -> pl.DataFrame:
    plain = {"subject": "", "value": None, "expected_low": None, "expected_high": None, "details": "{}", **columns}
    given = {"kind": kind, **plain}
    return frame.select(
        "account",
        "day",
        *(
            (value if isinstance(value, pl.Expr) else pl.lit(value)).cast(COLUMNS[name]).alias(name)
            for name, value in given.items()
        ),
    )


def _follower_drops(daily: pl.DataFrame) -> pl.DataFrame:
    """More than 10 % and more than 50 followers fewer than the day before."""
    lost = daily.filter(pl.col("follower_growth_rate") < -DROP_SHARE, pl.col("follower_growth") < -DROP_COUNT)
    before = pl.col("followers") - pl.col("follower_growth")
    least = pl.min_horizontal(before * (1 - DROP_SHARE), before - DROP_COUNT)
    return _anomalies(
        lost, "follower_drop", value=pl.col("followers"), expected_low=least, details=_details("follower_growth")
    )


def _details(*names: str) -> pl.Expr:
    return pl.concat_str(pl.lit("{"), *(pl.format('"{}": {}', pl.lit(name), name) for name in names), pl.lit("}"))


def _twins(daily: pl.DataFrame) -> pl.DataFrame:
    """Two days that follow each other and are equal in everything: one of them is probably the other under a wrong label."""
    names = ("video_views", "profile_views", "likes", "comments", "shares")
    same = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1).over("account") for name in names)
    is_next = pl.col("day").diff().over("account") == pl.duration(days=1)
    twins = daily.filter(same & is_next & (pl.col("video_views") >= TWIN_VIEWS))
    return _anomalies(twins, "duplicate_day", value=pl.col("video_views"))


def _silences(days: pl.DataFrame) -> pl.DataFrame:
    """Days in a row without a single view, after four weeks with views on most days; told on the first of them."""
    is_silent = pl.col("video_views") == 0
    active = (
        (pl.col("video_views") > 0).cast(pl.Int32).rolling_sum(ACTIVE_WINDOW, min_samples=1).shift(1).over("account")
    )
    stretches = (
        days.filter(pl.col("video_views").is_not_null())
        .with_columns(active=active, stretch=pl.struct("account", is_silent).rle_id(), is_silent=is_silent)
        .group_by("stretch", maintain_order=True)
        .agg(pl.col("account", "day", "active", "is_silent").first(), length=pl.len())
        .filter(pl.col("is_silent"), pl.col("length") >= SILENT_DAYS, pl.col("active") >= ACTIVE_DAYS)
    )
    return _anomalies(stretches, "silence", value=0, expected_low=1, details=_details("length"))


def _unusual(days: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Days beyond the limit, either way, with the range that was expected. `days` are consecutive days of each account."""
    import numpy as np

    column, scale, least_spread = JUDGED[kind]
    # Between two accounts lie as many unknown days as are looked back on: none sees another one's.
    places = np.arange(days.height) + WEEKS * 7 * days["account"].rle_id().to_numpy()
    raw = np.full(places[-1] + 1, np.nan)
    raw[places] = days[column].cast(pl.Float64).to_numpy()
    known = _so_many_before(np.isfinite(raw))
    is_judged = (known >= FEWEST_DAYS) & np.isfinite(raw)
    swings = _so_many_before(raw < 0) >= SWINGS * known if scale == "change" else np.zeros(len(raw), bool)
    if scale == "rate":
        low, high = _expected(raw, least_spread, is_judged)
    else:
        low, high = (np.sinh(bound) for bound in _expected(np.arcsinh(raw), least_spread, is_judged & ~swings))
    if swings.any():
        plain_low, plain_high = _expected(raw, 1.0, is_judged & swings)
        low, high = np.where(swings, plain_low, low), np.where(swings, plain_high, high)
    with np.errstate(invalid="ignore"):
        is_out = is_judged & ((raw < low) | (raw > high))
    out = places[is_out[places]]
    ranges = pl.Series("low", low[out]), pl.Series("high", high[out])
    judged = days.filter(pl.Series(is_out[places])).with_columns(*ranges).filter(_is_worth_telling(kind))
    name = pl.when(pl.col(column) > pl.col("high")).then(pl.lit(f"{kind}_high")).otherwise(pl.lit(f"{kind}_low"))
    return _anomalies(judged, name, value=pl.col(column), expected_low=pl.col("low"), expected_high=pl.col("high"))


def _expected(values: np.ndarray, least_spread: float, is_judged: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The range of each day that is judged.

    No range is narrower than the smallest spread makes it. Most days lie within that one, and of them no more is worked out.
    """
    import numpy as np

    ordered, middle = _weekdays(values)
    reach = np.full(len(values), LIMIT * least_spread)
    low, high = middle - reach, middle + reach
    # A hair earlier: whether a day is out is asked of counts, which are rounded otherwise.
    places = np.flatnonzero(is_judged & (np.abs(values - middle) > reach * (1 - 1e-9)))
    distances = _distances(ordered, places)
    reach = LIMIT * np.maximum(_spread(distances), least_spread)
    known_ones = np.where(np.isfinite(distances), distances, 0.0)
    parted = np.partition(known_ones, (OFTEN - 1, known_ones.shape[1] - OFTEN), axis=1)
    low[places] = middle[places] + np.minimum(-reach, parted[:, OFTEN - 1])
    high[places] = middle[places] + np.maximum(reach, parted[:, -OFTEN])
    return low, high


def _is_worth_telling(kind: str) -> pl.Expr:
    if kind == "followers":
        return pl.col("follower_growth").abs() >= FEWEST_FOLLOWERS
    enough = pl.col("video_views") >= FEWEST_VIEWS
    return enough | (pl.col("low") >= FEWEST_VIEWS) if kind == "views" else enough


def usual(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each of consecutive days: the median of its weekday, the spread, and how many days are known, in the weeks before.

    The spread is 1.4826 × the median of the distances from each day to the median of the other days of its weekday. A day is one
    of those that make its own median: with it left in, the distances of a few weeks are far too small.
    """
    import numpy as np

    ordered, middle = _weekdays(values)
    return middle, _spread(_distances(ordered, slice(None))), _so_many_before(np.isfinite(values))


def _weekdays(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each day, and of the six after the last: what is known of its weekday before it, sorted; and of each day the median."""
    import numpy as np

    ordered = np.sort(_before(np.concatenate([values, np.full(6, np.nan)]))[:, 6::7], axis=-1)
    middle = _middle(ordered[: len(values)])
    is_new = ~np.isfinite(middle)  # a weekday that was never known: then all days
    middle[is_new] = _median(_before(values)[is_new])
    return ordered, middle


def _distances(ordered: np.ndarray, places: np.ndarray | slice) -> np.ndarray:
    """Of the days at these places: how far each day before lies from the others of its weekday, in no order.

    The days of one weekday before a day are those that the next day of that weekday looks back on: what is worked out for
    each day's own weekday is, for the day and the six after it, what there is to know of all seven.
    """
    import numpy as np

    apart = np.lib.stride_tricks.sliding_window_view(ordered - _middle_of_others(ordered), 7, axis=0)[places]
    return apart.reshape(len(apart), WEEKS * 7)


def _spread(distances: np.ndarray) -> np.ndarray:
    import numpy as np

    return TO_SIGMA * _median(np.abs(distances))


def _so_many_before(is_such: np.ndarray) -> np.ndarray:
    """For each day how many of the weeks before it are such days."""
    import numpy as np

    so_far = np.concatenate([np.zeros(WEEKS * 7, int), [0], np.cumsum(is_such)])
    return so_far[WEEKS * 7 : -1] - so_far[: len(is_such)]


def _before(values: np.ndarray) -> np.ndarray:
    """For each day the weeks before it, the newest first: in the n-th place the day n + 1 days before."""
    import numpy as np

    length = WEEKS * 7
    padded = np.concatenate([np.full(length, np.nan), values])
    return np.lib.stride_tricks.sliding_window_view(padded, length)[: len(values), ::-1]


def _median(values: np.ndarray) -> np.ndarray:
    """Along the last axis, of what is known."""
    import numpy as np

    return _middle(np.sort(values, axis=-1))  # what is not known is sorted to the end


def _middle_of_others(ordered: np.ndarray) -> np.ndarray:
    """For each of what is sorted along the last axis the median of all others; not known where it is the only one."""
    import numpy as np

    others = np.isfinite(ordered).sum(axis=-1, keepdims=True) - 1
    place = np.arange(ordered.shape[-1])
    lower, upper = np.maximum((others - 1) // 2, 0), np.maximum(others // 2, 0)
    # Without the n-th, what stood behind it is one place earlier.
    both = [np.take_along_axis(ordered, np.minimum(at + (at >= place), len(place) - 1), -1) for at in (lower, upper)]
    return np.where(others > 0, (both[0] + both[1]) / 2, np.nan)


def _middle(ordered: np.ndarray) -> np.ndarray:
    """The median of what is sorted along the last axis."""
    import numpy as np

    count = np.isfinite(ordered).sum(axis=-1, keepdims=True)
    lower, upper = np.maximum((count - 1) // 2, 0), np.minimum(count // 2, ordered.shape[-1] - 1)
    both = np.take_along_axis(ordered, lower, -1) + np.take_along_axis(ordered, upper, -1)
    return both[..., 0] / 2


def save(connection: psycopg.Connection[Any], accounts: Mapping[str, bool], found: pl.DataFrame) -> None:
    """Make the anomalies of these accounts (account → whether it is made up) these. What a person acknowledged stays as it is,
    and so does when each was first seen."""
    made_up = pl.col("account").replace_strict(accounts, return_dtype=pl.Boolean)
    rows = found.with_columns(is_made_up=made_up).write_json()
    database.rows(connection, "account_analytics/save_anomalies", {"rows": rows})
    database.rows(connection, "account_analytics/delete_anomalies", {"accounts": list(accounts), "rows": rows})

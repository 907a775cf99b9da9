"""Reports of one row a video. Whatever their length, they take the same memory: of posts, the newest are kept."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING

from include.account_analytics.facts import Label, Post, Refused
from include.account_analytics.reading.foreign import WHERE
from include.account_analytics.reading.labels import parse_epoch, parse_moment
from include.account_analytics.reading.names import shown
from include.account_analytics.reading.numbers import is_missing
from include.account_analytics.reading.plain import NotPlain
from include.account_analytics.reading.rows import Rows, read

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

LINK = re.compile(
    r"\s*(?:https?://)?(?:[a-z]{1,3}\.)?tiktok\.com/@([\w.-]+)/(?:video|photo)/(\d{8,19})(?!\d)", re.IGNORECASE
)
PLAIN_LINKS = re.compile(
    r"^https://www\.tiktok\.com/@([A-Za-z0-9_.]+)/video/(\d{8,18}|[1-8]\d{18})$", re.ASCII | re.MULTILINE
)
PLAIN_LINK = r"^https://www\.tiktok\.com/@(?<handle>[0-9A-Za-z_.]+)/video/(?<number>[0-9]{8,19})$"
MOST_POSTS = 1_000  # witnesses for dates: a post or two a day over more than a year
MOST_HANDLES = 20
ID_MAX = 2**63 - 1


@dataclass(slots=True)
class Videos:
    """What the rows of a report of videos say. `seen`: the days its counts are of, with the first line of each."""

    rows: int = 0
    seen: dict[Label, int] = field(default_factory=dict)
    handles: dict[str, None] = field(default_factory=dict)
    repeated: tuple[int, int] | None = None
    _newest: list[tuple[int, int, Label | datetime | None, Label | None]] = field(default_factory=list)
    _oldest: int = -1

    @property
    def posts(self) -> tuple[Post, ...]:
        """In the file's order."""
        self._forget_older()
        kept = sorted(self._newest, key=lambda post: post[1])
        return tuple(Post(str(number), posted, seen) for number, _, posted, seen in kept)

    def see(self, handles: Iterable[str]) -> None:
        for handle in handles:
            if len(self.handles) < MOST_HANDLES:
                self.handles[handle] = None

    def keep(self, posts: Iterable[tuple[int, int, Label | datetime | None, Label | None]]) -> None:
        """Posts as (id, line, posted, seen). Of equal ids the first ones stay."""
        self._newest.extend(post for post in posts if post[0] > self._oldest)
        if len(self._newest) > 2 * MOST_POSTS:
            self._forget_older()

    def _forget_older(self) -> None:
        self._newest.sort(key=itemgetter(0), reverse=True)
        del self._newest[MOST_POSTS:]
        if len(self._newest) == MOST_POSTS:
            self._oldest = self._newest[-1][0]


def read_videos(rows: Rows) -> Videos:
    """Raises Refused with its line for a link without a video, and with both lines for a video with two sets of counts."""
    found = None
    with suppress(NotPlain, Refused):  # which line is refused is told row by row
        found = _read_frames(rows)
    videos, keys = found or _read_batches(rows)
    videos.repeated = _repeated(rows, keys)
    return videos


def _read_frames(rows: Rows) -> tuple[Videos, array[int]]:
    """The videos of a file as TikTok writes it, and a key of each row; every text of a column is looked at once."""
    import numpy as np

    videos, keys = Videos(), array("q")
    for part in rows.frames():
        rows.check_frame(part)
        handles, numbers = _videos_of(part["link"])
        posted = {text: _posted(rows, text) for text in part["posted"].unique()}
        has_days = "snapshot_label" in part.columns
        days = part["snapshot_label"].to_list() if has_days else [""] * part.height
        seen = {text: rows.label(text) if has_days else None for text in dict.fromkeys(days)}
        salts = {text: hash(label) for text, label in seen.items()}
        salt = next(iter(salts.values()), 0) if len(salts) < 2 else np.array([salts[day] for day in days])
        keys.frombytes((numbers ^ salt).tobytes())
        first = videos.rows + 2  # below the header
        newest = np.sort(np.argsort(-numbers, kind="stable")[:MOST_POSTS])
        texts = part["posted"][newest]
        videos.keep(
            (number, first + at, posted[text], seen[days[at]])
            for number, at, text in zip(numbers[newest].tolist(), newest.tolist(), texts, strict=True)
        )
        for text, label in seen.items():
            if label is not None:
                videos.seen.setdefault(label, first + days.index(text))
        videos.see(handles)
        videos.rows += part.height
    return videos, keys


def _read_batches(rows: Rows) -> tuple[Videos, array[int]]:
    """The same of any file, row by row."""
    videos, keys = Videos(), array("q")
    for lines, columns in rows.batches():
        rows.check((lines, columns))
        links, posts = columns[rows.places["link"]], columns[rows.places["posted"]]
        days = columns[rows.places["snapshot_label"]] if "snapshot_label" in rows.places else links
        handles, numbers = _videos(lines, links)
        posted = read(partial(_posted, rows), lines, posts)
        seen: Mapping[str, Label | None] = read(rows.label, lines, days) if days is not links else {}
        if len(seen) > 1:
            labels = [seen[day] for day in days]
            keys.extend([number ^ hash(label) for number, label in zip(numbers, labels, strict=True)])
        else:  # a download is of one day, nearly always: much less to look at
            label = next(iter(seen.values()), None)
            labels, salt = [label] * len(lines), hash(label)
            keys.extend([number ^ salt for number in numbers])
        videos.keep(zip(numbers, lines, map(posted.__getitem__, posts), labels, strict=True))
        for day, label in seen.items():
            if label is not None:
                videos.seen.setdefault(label, lines[days.index(day)])
        videos.see(dict.fromkeys(handles))
        videos.rows += len(lines)
    return videos, keys


def _videos_of(links: pl.Series) -> tuple[Iterable[str], np.ndarray]:
    """As `_videos`, of a part of `frames`; the handles each once."""
    import numpy as np
    import polars as pl

    found = links.str.extract_groups(PLAIN_LINK).struct.unnest()
    numbers = found["number"].cast(pl.Int64, strict=False)
    if numbers.has_nulls():
        videos = [_video(link) for link in links]
        return dict.fromkeys(handle for handle, _ in videos), np.array([number for _, number in videos], "i8")
    return found["handle"].unique(maintain_order=True).str.to_lowercase(), numbers.to_numpy()


def _videos(lines: Sequence[int], links: Sequence[str]) -> tuple[list[str], list[int]]:
    """The handles in them, and the id of each row: in one search where links are as TikTok writes them, which is much faster."""
    together = "\n".join(links)
    plain = PLAIN_LINKS.findall(together)
    if not len(plain) == len(links) == together.count("\n") + 1:
        found = read(_video, lines, links)
        return [found[link][0] for link in links], [found[link][1] for link in links]
    return [handle.lower() for handle in dict.fromkeys(handle for handle, _ in plain)], [
        int(number) for _, number in plain
    ]


def _video(link: str) -> tuple[str, int]:
    """Handle and id."""
    said = LINK.match(link)
    if said is None or int(said[2]) > ID_MAX:
        raise Refused("unreadable_link", f"{shown(link)!r} is not the link of a video.")
    return said[1].casefold(), int(said[2])


def read_listed(rows: Rows) -> Videos:
    """The videos that the API lists. One that came on two of its pages is there twice: of its numbers the last ones count."""
    videos = Videos()
    for lines, columns in rows.batches():
        rows.check((lines, columns))
        ids, posts, days = (columns[rows.places[name]] for name in ("video_id", "posted", "snapshot_label"))
        numbers, posted = read(_number, lines, ids), read(partial(_posted, rows), lines, posts)
        seen = read(rows.label, lines, days)
        videos.keep(
            (numbers[each], line, posted[text], seen[day])
            for each, line, text, day in zip(ids, lines, posts, days, strict=True)
        )
        for day, label in seen.items():
            videos.seen.setdefault(label, lines[days.index(day)])
        links = (LINK.match(link) for link in columns[rows.places["link"]])
        videos.see(link[1].casefold() for link in links if link)
        videos.rows += len(lines)
    return videos


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 8 <= len(text) <= 19) or int(text) > ID_MAX:
        raise Refused("unreadable_link", f"{shown(text)!r} is not the id of a video.")
    return int(text)


def _posted(rows: Rows, text: str) -> Label | datetime | None:
    if is_missing(text):
        return None
    if rows.format.posted == "epoch":
        return parse_epoch(text)
    return parse_moment(text) if rows.format.posted == "moment" else rows.label(text)


def _repeated(rows: Rows, keys: array[int]) -> tuple[int, int] | None:
    """The lines of two equal rows of one video, None without any; two that differ are refused.

    Sorted keys tell whether there are any, in little memory; only then the rows are read once more.
    """
    import numpy as np

    found = np.frombuffer(keys or array("q", [0]), "i8")
    found.sort()
    doubled = set(found[1:][found[1:] == found[:-1]].tolist())
    first: dict[int, tuple[int, tuple[str, ...]]] = {}
    repeated = None
    for line, values in rows.again() if doubled else ():
        _, number = _video(values[rows.places["link"]])
        place = rows.places.get("snapshot_label")
        key = number ^ hash(rows.label(values[place]) if place is not None else None)
        if key not in doubled:
            continue
        before, others = first.setdefault(key, (line, values))
        if others != values:
            raise Refused("duplicate_video", f"Lines {before} and {line} are one video with different numbers. {WHERE}")
        if before != line and repeated is None:
            repeated = (before, line)
    return repeated

"""The reports of TikTok Studio: days without a year, English headers, `undefined` where there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from include.sandbox.dice import Dice
from include.sandbox.exports.audience import follower_activity, follower_gender, follower_territories
from include.sandbox.exports.frame import UNDEFINED, Frame
from include.sandbox.exports.truth import SeenPost, Sheet
from include.sandbox.exports.world import DAY, Post, local_date

OVERVIEW = ("video_views", "profile_views", "likes", "comments", "shares")
OVERVIEW_HEADER = ("Date", "Video Views", "Profile Views", "Likes", "Comments", "Shares")
VIEWERS = ("total_viewers", "new_viewers", "returning_viewers")
CONTENT_HEADER = (
    "Time", "Video title", "Video link", "Post time", "Total likes", "Total comments", "Total shares", "Total views",
)  # fmt: skip
WINDOWED_HEADER = (
    "Video title", "Video link", "Post time", "Views in the last 7 days", "Total views", "Total likes",
    "Total comments", "Total shares",
)  # fmt: skip


def sheets(tab: str, frame: Frame) -> list[Sheet]:
    """The reports of one tab, which come in one ZIP: overview, viewers, followers or content."""
    makers: dict[str, tuple[Callable[[Frame], Sheet], ...]] = {
        "overview": (overview,),
        "viewers": (viewers,),
        "followers": (follower_history, follower_activity, follower_gender, follower_territories),
        "content": (content,),
    }
    return [make(frame) for make in makers[tab]]


def overview(frame: Frame) -> Sheet:
    """Overview.csv: one row per day, daily net values."""
    more = frame.switches.net_followers
    metrics = (*OVERVIEW, "net_followers") if more else OVERVIEW
    header = (*OVERVIEW_HEADER, "New followers") if more else OVERVIEW_HEADER
    return day_sheet(frame, "overview", "Overview", header, metrics)


def day_sheet(frame: Frame, report: str, title: str, header: tuple[str, ...], metrics: tuple[str, ...]) -> Sheet:
    """A report whose rows give metrics of one true day each."""
    labels, shift = frame.labels, frame.shift
    true_days = [day - shift * DAY for day in labels]
    missing = frame.switches.leading
    values = {metric: tuple(frame.number(day, metric) for day in true_days) for metric in metrics}
    columns = [[missing if number is None else str(number) for number in values[metric]] for metric in metrics]
    rows = list(zip(map(frame.write, labels), *columns, strict=True))
    last_two = frozenset(true_days[-2:])
    return Sheet(report, title, header, rows, shift, tuple(labels), tuple(true_days), values, last_two)


def viewers(frame: Frame) -> Sheet:
    """Viewers.csv: mostly a day later than Overview; where there is no total, new and returning are a false 0."""
    labels, shift = frame.labels, frame.shift
    true_days = [_viewers_day(frame, shift, day) for day in labels]
    unfinished = set(labels[len(labels) - frame.switches.unfinished :])
    rows: list[tuple[str, ...]] = []
    values: list[tuple[int | None, ...]] = []
    for day, true_day in zip(labels, true_days, strict=True):
        total = new = None
        if true_day is None:  # the surplus label where the lag breaks: a number of no day
            total = (frame.number(day - shift * DAY, "total_viewers") or 0) * 2 // 3
            new = total // 2
        elif day not in unfinished:
            total, new = frame.number(true_day, "total_viewers"), frame.number(true_day, "new_viewers")
        if total is None or new is None:
            rows.append((frame.write(day), UNDEFINED, "0", "0"))
            values.append((None, None, None))
        else:
            rows.append((frame.write(day), str(total), str(new), str(total - new)))
            values.append((total, new, total - new))
    header = ("Date", "Total Viewers", "New Viewers", "Returning Viewers")
    by_metric = dict(zip(VIEWERS, zip(*values, strict=True), strict=True))
    last_two = frozenset(day for day in true_days[-2:] if day)
    return Sheet("viewers", "Viewers", header, rows, frame.shift, tuple(labels), tuple(true_days), by_metric, last_two)


def _viewers_day(frame: Frame, shift: int, day: date) -> date | None:
    broken = frame.switches.viewers_break
    if broken is None:
        return day - (shift + frame.switches.viewers_lag) * DAY
    if day == broken:
        return None
    return day - (shift + (day > broken)) * DAY


def follower_history(frame: Frame) -> Sheet:
    """FollowerHistory.csv: the level, and a difference whose meaning changes with the export's delay."""
    labels, shift = frame.labels, frame.shift
    true_days = [day - shift * DAY for day in labels]
    levels = tuple(frame.number(day, "followers") for day in true_days)
    meaning = frame.switches.difference or ("next" if frame.switches.delay >= 2 else "previous")
    differences: list[int | None] = []
    for place, (day, level) in enumerate(zip(true_days, levels, strict=True)):
        if level is None:
            differences.append(None)
        elif meaning == "next":
            differences.append(0 if place + 1 == len(levels) else (levels[place + 1] or 0) - level)
        else:
            before = frame.number(day - DAY, "followers")
            differences.append(0 if before is None else level - before)
    rows = [
        (frame.write(day), *(UNDEFINED if number is None else str(number) for number in pair))
        for day, pair in zip(labels, zip(levels, differences, strict=True), strict=True)
    ]
    header = ("Date", "Followers", "Difference in followers from previous day")
    values = {"followers": levels, "follower_difference": tuple(differences)}
    return Sheet(
        "follower_history", "FollowerHistory", header, rows, frame.shift, tuple(labels), tuple(true_days), values,
        frozenset(true_days[-2:]),
    )  # fmt: skip


def chosen_posts(frame: Frame) -> list[Post]:
    """About fifteen posts of the last weeks, in no stable order: never the whole catalogue."""
    dice = Dice(frame.account.seed, "content", frame.account.index, int(frame.at.timestamp()))
    posted = [post for post in frame.account.posts if post.posted_at < frame.at][-24:]
    mixed = sorted(posted, key=lambda _: dice.bits())
    return mixed[:15]


def content(frame: Frame) -> Sheet:
    """Content.csv: lifetime totals of a few posts; the video's id is in the link alone."""
    kind = frame.switches.content
    header: tuple[str, ...] = WINDOWED_HEADER if kind == "windowed" else CONTENT_HEADER
    if kind == "full":
        header = (*header, "Total play time", "Average watch time", "Watched full video", "Add to favorites")
    rows: list[tuple[str, ...]] = []
    seen = []
    handle = frame.switches.handle or frame.account.handle_at(frame.at)
    for post in chosen_posts(frame):
        totals = {f"total_{count}": post.total(count, frame.at) for count in ("likes", "comments", "shares", "views")}
        link = f"https://www.tiktok.com/@{handle}/video/{post.video_id}"
        posted = local_date(post.posted_at, frame.account.zone)
        about = (post.caption, link, frame.write(posted))
        likes, comments, shares, views = map(str, totals.values())
        if kind == "windowed":
            totals["views_last_7_days"] = totals["total_views"] - post.total("views", frame.at - 7 * DAY)
            rows.append((*about, str(totals["views_last_7_days"]), views, likes, comments, shares))
        else:
            rows.append(
                (frame.write(frame.today), *about, likes, comments, shares, views, *_watched(kind, post, frame, totals))
            )
        seen.append(SeenPost(post.video_id, posted, totals))
    return Sheet("content", "Content", header, rows, frame.shift, posts=tuple(seen))


def _watched(kind: str, post: Post, frame: Frame, totals: dict[str, int]) -> tuple[str, ...]:
    if kind != "full":
        return ()
    dice = Dice(frame.account.seed, "watched", post.video_id)
    seconds, whole = dice.between(3, 25), dice.between(0.05, 0.6)
    totals["favorites"] = post.total("favorites", frame.at)
    return (f"{int(totals['total_views'] * seconds)}s", f"{seconds:.1f}s", f"{whole:.1%}", str(totals["favorites"]))

"""The reports of a business account: dates with their year, translated headers, `NAN` and `--` for nothing."""

from __future__ import annotations

from datetime import date

from include.sandbox.dice import Dice
from include.sandbox.exports.frame import Frame
from include.sandbox.exports.truth import SeenPost, Sheet
from include.sandbox.exports.world import DAY

MISSING = "NAN"
NEVER_GIVEN = "--"
TRAFFIC = ("video_views", "reached_audience", "profile_views", "likes", "shares", "comments")
GROWTH = ("net_followers", "new_followers", "lost_followers")
AUDIENCE = ("new_followers", "followers", "reached_audience", "engaged_audience")
_VIDEOS_SHOWN = 60

# The click columns between traffic and growth hang on the account's buttons; "Phone number clicks " ends with a space.
CLICKS = {
    "en": ("Phone number clicks ", "Leads submission"),
    "sv": (
        "Klick på produktlänkar", "Produktlänk genomför betalning", "GMV för produktlänkar", "Webbplatsklickar",
        "Telefonnummerklickar", "Insamlade leads", "Klick på nedladdningslänk för app",
    ),
    "de": (),
}  # fmt: skip
_TRAFFIC_HEADER = {
    "en": ("Date", "Video views", "Reached audience", "Profile views", "Likes", "Shares", "Comments"),
    "sv": (
        "Datum", "Videovisningar", "Målgrupp som nåtts", "Profilvisningar", "Gilla-markeringar", "Delningar",
        "Kommentarer",
    ),
    "de": ("Datum", "Videoaufrufe", "Erreichtes Publikum", "Profilaufrufe", "Likes", "Freigaben", "Kommentare"),
}  # fmt: skip
_GROWTH_HEADER = {
    "en": ("Net growth", "New followers", "Lost followers"),
    "sv": ("Nettotillväxt", "Nya följare", "Tappade följare"),
    "de": ("Nettowachstum", "Neue Follower", "Verlorene Follower"),
}
# No Swedish audience report was ever seen.
_AUDIENCE_HEADER = {
    "en": ("Date", "New followers", "Total followers", "Reached audience", "Engaged audience"),
    "de": ("Datum", "Neue Follower", "Follower insgesamt", "Erreichtes Publikum", "Publikum mit Interaktion"),
}
_VIDEOS_HEADER = {
    "en": (
        "Video title", "Video link", "Post time", "Video views", "Likes", "Comments", "Shares", "Add to Favorites",
    ),
    "sv": (
        "Videotitel", "Videolänk", "Publiceringstid", "Videovisningar", "Gilla-markeringar", "Kommentarer", "Delningar",
        "Lägg till i Favoriter",
    ),
    "de": (
        "Videotitel", "Videolink", "Veröffentlichungszeit", "Videoaufrufe", "Likes", "Kommentare", "Freigaben",
        "Zu Favoriten hinzufügen",
    ),
}  # fmt: skip


def sheets(tab: str, frame: Frame) -> list[Sheet]:
    """The one report of a tab: overview, audience or videos."""
    return [{"overview": overview, "audience": audience, "videos": videos}[tab](frame)]


def overview(frame: Frame) -> Sheet:
    """One row per day; net growth is new less lost followers, click columns as the account's buttons are."""
    language = frame.switches.headers
    clicks = CLICKS[language] if frame.switches.clicks is None else frame.switches.clicks
    header = (*_TRAFFIC_HEADER[language], *clicks, *_GROWTH_HEADER[language])
    values, days = _values(frame, (*TRAFFIC, *GROWTH))
    clicked = [[_clicks(frame, day, name) for day in days] for name in clicks]
    columns = [_texts(values[metric]) for metric in TRAFFIC] + clicked + [_texts(values[metric]) for metric in GROWTH]
    return _day_sheet(frame, "overview", "Overview", header, columns, values)


def audience(frame: Frame) -> Sheet:
    """One row per day; the total of followers is `--` on every one."""
    values, days = _values(frame, AUDIENCE)
    values["followers"] = (None,) * len(days)
    columns = [[NEVER_GIVEN] * len(days) if metric == "followers" else _texts(values[metric]) for metric in AUDIENCE]
    return _day_sheet(frame, "audience", "Audience", _AUDIENCE_HEADER[frame.switches.headers], columns, values)


def videos(frame: Frame) -> Sheet:
    """Lifetime totals of the newest videos; the post time has seconds and is UTC."""
    rows, seen = [], []
    handle = frame.switches.handle or frame.account.handle_at(frame.at)
    posted = [post for post in frame.account.posts if post.posted_at < frame.at]
    for post in reversed(posted[-_VIDEOS_SHOWN:]):
        counts = ("views", "likes", "comments", "shares", "favorites")
        totals = {count: post.total(count, frame.at) for count in counts}
        link = f"https://www.tiktok.com/@{handle}/video/{post.video_id}"
        rows.append((post.caption, link, f"{post.posted_at:%Y/%m/%d %H:%M:%S}", *map(str, totals.values())))
        named = {count if count == "favorites" else f"total_{count}": number for count, number in totals.items()}
        seen.append(SeenPost(post.video_id, post.posted_at, named))
    return Sheet("videos", "Videos", _VIDEOS_HEADER[frame.switches.headers], rows, frame.shift, posts=tuple(seen))


def _values(frame: Frame, metrics: tuple[str, ...]) -> tuple[dict[str, tuple[int | None, ...]], list[date]]:
    """The numbers of each metric, and the true days; on unfinished days only followers are known."""
    shift = frame.shift
    days = [label - shift * DAY for label in frame.labels]
    unfinished = set(days[len(days) - frame.switches.unfinished :])

    def number(day: date, metric: str) -> int | None:
        return None if day in unfinished and metric not in GROWTH else frame.number(day, metric)

    return {metric: tuple(number(day, metric) for day in days) for metric in metrics}, days


def _day_sheet(
    frame: Frame,
    report: str,
    title: str,
    header: tuple[str, ...],
    columns: list[list[str]],
    values: dict[str, tuple[int | None, ...]],
) -> Sheet:
    labels = tuple(frame.labels)
    true_days = tuple(day - frame.shift * DAY for day in labels)
    rows = list(zip([f"{day:%Y/%m/%d}" for day in labels], *columns, strict=True))
    return Sheet(report, title, header, rows, frame.shift, labels, true_days, values, frozenset(true_days[-2:]))


def _texts(numbers: tuple[int | None, ...]) -> list[str]:
    return [MISSING if number is None else str(number) for number in numbers]


def _clicks(frame: Frame, day: date, name: str) -> str:
    if frame.account.value(day, "video_views") is None:
        return MISSING
    return str(max(0, Dice(frame.account.seed, "clicks", frame.account.index, day.toordinal(), name).below(9) - 4))

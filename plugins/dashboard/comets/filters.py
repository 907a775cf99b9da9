"""The page "Filters": how well the three layers judge, whom they refuse by what, and the versions of their rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from include import settings
from include.database import Row, rows
from plugins.dashboard.bars import Day, Picture, bars
from plugins.dashboard.comets import agreements, filter_quality, pictures, rule_forms, rule_versions
from plugins.dashboard.comets.overrules import verdict_address
from plugins.dashboard.comets.verdict_words import doubt
from plugins.dashboard.rendering import number, share, write_page
from plugins.dashboard.store import reading
from plugins.filters.rules import RulesError, shipped_mapping

MOST_WORDS = 20
MOST_FACES = 20
LAYERS = {
    "platform": "Layer 1: platform",
    "pronoun": "Layer 2: pronoun",
    "criteria": "Comet criteria",
    "face": "Layer 3: face",
    "consistency": "Consistency check",
    "undetermined": "Undetermined",
    "accepted": "Passed",
}
router = APIRouter()
router.include_router(rule_versions.router)


@dataclass(frozen=True, slots=True)
class Refusals:
    """One layer over a window: videos it decided, each once, their share, and that share in the window before."""

    layer: str
    videos: int
    share: float | None
    share_before: float | None

    @property
    def change(self) -> float | None:
        """Percent points more than in the window before."""
        if self.share is None or self.share_before is None:
            return None
        return (self.share - self.share_before) * 100


@router.get("/filters", name="filters")
def show(
    request: Request, window: Annotated[Literal["7", "30"], Query(description="days looked back over")] = "7"
) -> Response:
    """Quality, refusals, words, uncertain faces, versions."""
    days = int(window)
    last = settings.load().now().date()
    first = last - timedelta(days=days - 1)
    parameters = {"first": first, "last": last}
    with reading() as connection:
        twice = {"first": first - timedelta(days=days), "last": last, "since": first}
        counts = rows(connection, "dashboard/count_refusals", twice)
        words = rows(connection, "dashboard/count_matched_texts", {**parameters, "most": MOST_WORDS})
        faces = rows(connection, "dashboard/read_uncertain_faces", {**parameters, "most": MOST_FACES})
        covers = pictures.read_covers(connection, [(face["user_id"], face["video_id"]) for face in faces])
        versions = rule_versions.read_all(connection)
        active = rows(connection, "comets/read_active_rules")
        looked_at = agreements.read_looked_at(connection)
    mapping = active[0]["mapping"] if active else shipped_mapping()
    samples, overrules, problem = _qualities(mapping)
    screened = list_days(counts, first, last)
    drawn, most_share = draw_layers(screened, first, last)
    return write_page(
        request,
        "comets/filters.html",
        in_force=mapping["version"],
        active=next((version for version in versions if version["state"] == "active"), None),
        shipped=shipped_mapping()["version"],
        samples=samples,
        overrules=overrules,
        looked_at=looked_at,
        problem=problem,
        word_lists=rule_forms.WORD_LISTS,
        longest_word=rule_forms.LONGEST_WORD,
        titles=LAYERS,
        window=days,
        first=first,
        last=last,
        refusals=refusals(counts, first, last),
        drawn_layers=drawn,
        most_share=most_share,
        screened_days=screened,
        words=words,
        faces=[
            {
                **face,
                "cover": pictures.with_box(covers.get((face["user_id"], face["video_id"])), face),
                "doubt": doubt(face),
                "address": verdict_address(request, face["day"], face["keyword"], face["video_id"]),
            }
            for face in faces
        ],
        has_covers=bool(covers),
        versions=versions,
        is_under_way=any(one.is_under_way for one in samples),
    )


def _qualities(
    mapping: Mapping[str, Any],
) -> tuple[list[filter_quality.Measured], list[filter_quality.Measured], str | None]:
    """Both kinds of quality; for rules that this release cannot read none, and why."""
    try:
        return filter_quality.against_samples(mapping), filter_quality.against_overrules(mapping), None
    except RulesError as error:
        return [], [], str(error)


def refusals(counts: Sequence[Row], first: date, last: date) -> list[Refusals]:
    """The counts of sql/dashboard/count_refusals.sql, from twice the window, as one line for each layer."""
    # A window is no sum of its days: what was screened on several of them is one video.
    windows: dict[bool, dict[str, int]] = {True: {}, False: {}}
    for row in counts:
        if row["day"] is None:
            windows[row["is_now"]][row["layer"]] = row["videos"]
    total, before = sum(windows[True].values()), sum(windows[False].values())
    lines = []
    for layer in LAYERS:
        videos, earlier = windows[True].get(layer, 0), windows[False].get(layer, 0)
        if layer == "consistency" and not videos and not earlier:
            continue  # optional, and off
        lines.append(
            Refusals(
                layer,
                videos,
                videos / total if total else None,
                earlier / before if before else None,
            )
        )
    return lines


def list_days(counts: Sequence[Row], first: date, last: date) -> list[Row]:
    """The days of the window on which something was screened, newest first: `day`, `videos`, and `layers`, videos by layer."""
    found: dict[date, dict[str, int]] = {}
    for row in counts:
        if row["day"] is not None and first <= row["day"] <= last:
            found.setdefault(row["day"], {})[row["layer"]] = row["videos"]
    return [
        {"day": day, "videos": sum(layers.values()), "layers": layers}
        for day, layers in sorted(found.items(), reverse=True)
    ]


def draw_layers(listed: Sequence[Row], first: date, last: date) -> tuple[list[Picture], float]:
    """What share of each of the listed days' videos each layer decided, one picture a layer, and the share that is full height
    in all of them; a day of the window that is not listed is a gap.
    """
    most = max((each / row["videos"] for row in listed for each in row["layers"].values()), default=0.0)
    layers = [layer for layer in LAYERS if any(layer in row["layers"] for row in listed)]
    return [_draw(layer, listed, (first, last), most) for layer in layers], most


def _draw(layer: str, listed: Sequence[Row], ends: tuple[date, date], most: float) -> Picture:
    decided = {row["day"]: row["layers"].get(layer, 0) for row in listed}
    shares = {row["day"]: decided[row["day"]] / row["videos"] for row in listed}
    days = [
        Day(row["day"], shares[row["day"]], f"{row['day']}: {_said(decided[row['day']], row['videos'])}")
        for row in listed
    ]
    # The ends of the window, so that all windows are drawn whole.
    days += [Day(end, None, "") for end in ends if end not in shares]
    latest = f"{share(shares[max(shares)])} on {max(shares)}"
    summary = f"from {share(min(shares.values()))} to {share(max(shares.values()))} of a day's videos, {latest}"
    return Picture(LAYERS[layer], latest, bars(days, most), summary)


def _said(decided: int, videos: int) -> str:
    return f"{number(decided)} of {number(videos)} videos, {share(decided / videos)}"

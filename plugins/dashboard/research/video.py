"""The page "Video": what is said beside what is shown, which engine made what, and a quote with its second to copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Form, Query, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from include.database import Row, rows
from include.video_research.library import is_uncertain
from include.video_research.records import AUDIO, FRAMES, VIDEO
from plugins.dashboard.access import Changer
from plugins.dashboard.rendering import address_of, calmed, write_page
from plugins.dashboard.research.words import SCREEN, SOURCES, SPEECH
from plugins.dashboard.store import reading, writing

TIKTOK = "https://www.tiktok.com/"
LONGEST_ID = 64
router = APIRouter()


class Judgement(StrEnum):
    """What somebody says of a video."""

    relevant = "relevant"
    not_relevant = "not_relevant"
    none = "none"


@router.get("/library/{video_id}", name="video")
def show(
    request: Request,
    video_id: str,
    at: Annotated[float, Query(ge=0, le=36_000, description="the second that is shown first")] = 0.0,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One video of the library."""
    with reading() as connection:
        video = find(connection, video_id)
        passages = rows(connection, "dashboard/research/read_passages", {"video_id": video["video_id"]})
    speech = [row for row in passages if row["source"] == "speech"]
    link = video["url"] or ""
    return write_page(
        request,
        "research/video.html",
        video=video,
        link_out=link if link.startswith(TIKTOK) else None,
        has_times=any(row["starts_s"] is not None for row in speech),
        screen=[row for row in passages if row["source"] == "screen"],
        frames=frames_of(video["sha256"]),
        beside=beside(speech, frames_of(video["sha256"])),
        plays=VIDEO if VIDEO in video["sha256"] else AUDIO if AUDIO in video["sha256"] else None,
        is_video=VIDEO in video["sha256"],
        sources=SOURCES,
        speech_words=SPEECH,
        screen_words=SCREEN,
        uncertain=is_uncertain,
        at=at,
        done=done,
    )


@router.get("/library/{video_id}/subtitles.srt", name="subtitles")
def subtitles(video_id: str) -> Response:
    """What is said, as SubRip: for any player, and for people who cut video."""
    with reading() as connection:
        video = find(connection, video_id)
        passages = rows(connection, "dashboard/research/read_passages", {"video_id": video["video_id"]})
    content = srt([row for row in passages if row["source"] == "speech"])
    headers = {"content-disposition": f'attachment; filename="{video["video_id"]}.srt"'}
    return Response(content.encode(), media_type="application/x-subrip", headers=headers)


@router.post("/library/{video_id}/mark", name="mark_video")
def mark(
    request: Request,
    user: Changer,
    video_id: str,
    judgement: Annotated[Judgement, Form()],
    query: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Judge a video, or take the judgement back."""
    with writing() as connection:
        found = find(connection, video_id)["video_id"]
        about = {"video_id": found, "query_id": query.replace("\0", "")}
        if judgement is Judgement.none:
            rows(connection, "dashboard/research/unmark_video", about)
        else:
            is_relevant = judgement is Judgement.relevant
            parameters = {**about, "is_relevant": is_relevant, "marked_by": user.get_name()}
            rows(connection, "dashboard/research/mark_video", parameters)
    return RedirectResponse(f"{address_of(request, 'video', video_id=found)}?done=mark", HTTPStatus.SEE_OTHER)


def find(connection: psycopg.Connection[Any], video_id: str) -> Row:
    """The video of this id; 404 for one that the library does not have."""
    found = rows(connection, "dashboard/research/read_video", {"video_id": video_id.replace("\0", "")[:LONGEST_ID]})
    if not found:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"The library has no video {calmed(video_id)[:LONGEST_ID]}.")
    return found[0]


def frames_of(sha256: Mapping[str, str]) -> list[Row]:
    """The pictures of a video by their seconds, which their names say: frames/007_t12.5s.jpg."""
    found = []
    for name, digest in sha256.items():
        path = PurePosixPath(name)
        if path.parent.as_posix() != FRAMES or path.suffix != ".jpg":
            continue
        seconds = path.stem.partition("_t")[2].removesuffix("s")
        try:
            found.append({"name": name, "second": float(seconds), "sha256": digest})
        except ValueError:
            continue
    return sorted(found, key=lambda frame: frame["second"])


def beside(speech: Sequence[Row], frames: Sequence[Row]) -> list[Row]:
    """Each thing said with the picture nearest before its middle; the pictures that nothing was said to, by themselves."""
    lines = []
    for row in speech:
        middle = ((row["starts_s"] or 0.0) + (row["ends_s"] or row["starts_s"] or 0.0)) / 2
        nearest = [frame for frame in frames if frame["second"] <= middle] or list(frames[:1])
        lines.append({**row, "frame": nearest[-1] if nearest else None})
    return lines


def srt(speech: Sequence[Row]) -> str:
    """Numbered cues; a text that would end a cue, or begin a time, is put on one line. What has no second is no cue."""
    cues = []
    timed = [row for row in speech if row["starts_s"] is not None]
    for number, row in enumerate(timed, start=1):
        starts = row["starts_s"]
        ends = max(row["ends_s"] or starts, starts + 0.1)
        text = " ".join(calmed(row["text"]).split()).replace("-->", "→")
        cues.append(f"{number}\n{_stamp(starts)} --> {_stamp(ends)}\n{text}\n")
    return "\n".join(cues)


def _stamp(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02},{rest % 1000:03}"

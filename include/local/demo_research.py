"""A small library of made-up videos to look at: `python -m include.local.demo_research`, the last part of `make demo`.

The searches are real ones, of the sandbox. What its clips say and show is known there, so no model runs: words and screen
texts are written down as they are, by the pipeline's own artefacts, uploads and report. Pictures are drawn, but for a few
videos that are really made, cut into pictures and kept, where the extra `media` is installed.
"""

from __future__ import annotations

import hashlib
import io
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from include import database, migrations, settings
from include import runs as shared
from include.database import Connector, Database
from include.lake import Lake
from include.local import airflow, postgres
from include.local.driven_sandbox import RunningSandbox, start_process
from include.local.errors import LocalError
from include.local.folders import Folders
from include.local.stack import noted_port
from include.local.steps import say, speaking_alone
from include.sandbox.dice import Dice
from include.sandbox.research import catalogue, lettering, making
from include.sandbox.research.catalogue import MADE_UP_QUESTIONS, Clip
from include.video_research import folders, tasks
from include.video_research import settings as research
from include.video_research.downloads import metadata
from include.video_research.downloads.failures import failed
from include.video_research.processing import audio, frames
from include.video_research.processing.artefacts import write_json, write_screen, write_speech
from include.video_research.processing.children import Deadline
from include.video_research.records import (
    AUDIO,
    FRAMES,
    METADATA,
    SCHEMA_VERSION,
    SKIPPED,
    VIDEO,
    Downloaded,
    Failure,
    FailureKind,
    Frame,
    Hit,
    Line,
    Processed,
    ScreenText,
    Segment,
    Speech,
)
from include.video_research.run import Run
from include.video_research.settings import ResearchSettings
from include.video_research.stages import bounds_of
from include.video_research.thinning import thinned
from include.video_research.upload import upload

QUESTIONS = (
    *MADE_UP_QUESTIONS,
    "night market snacks",
    "folding dumplings",
    "small flats, clever shelves",
    "learning to surf",
)
ENGINE = "made up, no model ran"
MADE_FOR_REAL = 6  # videos: each takes a second or two
MOST_FRAMES = 12
EVERY_S = 3.0
JUDGED = ("ramen-three", True), ("wheel-rueda", False)
BY = "admin"
PATIENCE_S = 60.0
# What a clip of this kind would have ended with.
ENDS: Mapping[str, tuple[FailureKind, str]] = {
    "private": ("private", "its author does not show it"),
    "removed": ("gone", "it was removed"),
    "login": ("login_required", "the page asks for a login"),
    "region": ("region", "it is not shown in this region"),
    "too_long": ("filtered", "it lasts longer than RESEARCH_MAX_SECONDS allows"),
    "too_big": ("too_big", "it is larger than RESEARCH_MAX_MB allows"),
    "cut_short": ("damaged", "what came is no whole video: the end is missing"),
    "html": ("damaged", "what came is no whole video: there is no video stream in it"),
    "stalled": ("transient", "the media broke off again and again"),
}
HAS_RESEARCH = "There are questions or videos in the library already: no made-up ones were added."


def fill(connector: Connector, lake: Lake, work: Path, today: date, sandbox: RunningSandbox | None = None) -> list[str]:
    """Ask the questions, and put what is found into the library; returns why the run is red, if it is.

    `work` is a folder for what is being made. Without a `sandbox` of the usual world one is started.
    """
    playing = sandbox or start_process()
    try:
        return _played(connector, lake, work, today, playing)
    finally:
        if sandbox is None:
            playing.stop()


def _played(connector: Connector, lake: Lake, work: Path, today: date, sandbox: RunningSandbox) -> list[str]:
    configured = research.load(
        {
            "SERPER_API_KEY": sandbox.key,
            "SERPER_BASE_URL": f"{sandbox.url}/serper",
            "RESEARCH_SITE_URL": f"{sandbox.url}/tiktok",
            "RESEARCH_WORK": str(work),
            "RESEARCH_LIST": str(work / "no_list.csv"),
        },
        None,
    )
    run = Run(f"manual__{today}_a_small_library", today, count=len(QUESTIONS), made_up=QUESTIONS)
    with Database(connector) as store:
        store.repeatedly(lambda connection: shared.open_run(connection, run, run.as_json(), configured.most_calls))
        picked = tasks.pick_queries(connector, run, configured)
        for number, query in enumerate(picked):
            tasks.search(connector, run, configured, query, number)
        batches = tasks.plan_videos(connector, run, configured, picked)
        found = [clip for batch in batches for clip in map(catalogue.clip, batch["items"]) if clip is not None]
        real = _made_for_real(found)
        for clip in found:
            if clip.kind in ENDS:
                _end(store, run, configured, clip)
            else:
                _bring(store, lake, work, clip, is_made=clip in real)
        for name, is_relevant in JUDGED:
            marked = {"video_id": catalogue.named(name).video_id, "query_id": "", "is_relevant": is_relevant}
            store.rows("dashboard/research/mark_video", {**marked, "marked_by": BY})
    tasks.close_queries(connector, run, picked)
    return tasks.write_report(connector, lake, run, configured, picked)[1]


def _made_for_real(found: list[Clip]) -> list[Clip]:
    """Those that people are shown first: somebody speaks, and the catalogue has written them down."""
    if making.missing_packages():
        return []
    own = {clip.video_id for clip in catalogue.own_clips()}
    spoken = [clip for clip in found if clip.kind == "normal" and clip.said and clip.video_id in own]
    return spoken[:MADE_FOR_REAL]


def _end(store: Database, run: Run, configured: ResearchSettings, clip: Clip) -> None:
    kind, error = ENDS[clip.kind]
    failure: Failure = failed(kind, error).failure
    parameters = {
        "video_id": clip.video_id,
        "run_id": run.run_id,
        "stage": failure.stage,
        "kind": kind,
        "reason": failure.error,
        "what_to_do": failure.what_to_do,
        "is_permanent": failure.is_permanent,
        "is_skipped": kind in SKIPPED,
        "attempts": 1,
        "bounds": Jsonb(bounds_of(run, configured)) if kind == "filtered" else None,
    }
    store.run(partial(database.rows, name="video_research/save_failed", parameters=parameters))


def _bring(store: Database, lake: Lake, work: Path, clip: Clip, *, is_made: bool) -> None:
    """A video through all of its stages, each stored."""
    hit = Hit(**store.rows("video_research/read_hit", {"video_id": clip.video_id})[0])

    def save(name: str, **values: Any) -> None:
        parameters = {"video_id": clip.video_id, **values}
        store.run(partial(database.rows, name=name, parameters=parameters))

    with tempfile.TemporaryDirectory(dir=work, prefix="demo-") as name:
        folder = Path(name)
        video = making.make(clip, folder / "clips") if is_made else None
        downloaded, processed = _worked_on(folder, clip, hit, video)
        size = downloaded.size_bytes
        where = str(folders.folder_of(work, "made_up", clip.video_id))
        save(
            "video_research/save_downloaded",
            size_bytes=size,
            duration_s=downloaded.duration_s,
            folder=where,
            attempts=1,
        )
        save(
            "video_research/save_processed",
            ocr_state=processed.screen.state,
            speech_state=processed.speech.state,
            engines=Jsonb(dict(processed.engines)),
            schema_version=SCHEMA_VERSION,
            attempts=1,
        )
        save("video_research/save_validated")
        has_video = video is not None
        upload(
            lake,
            store,
            folder,
            downloaded,
            processed,
            max_frames=MOST_FRAMES,
            include_video=has_video,
            is_made_up=True,
        )
        save("video_research/save_uploaded", attempts=1)


def _worked_on(folder: Path, clip: Clip, hit: Hit, video: Path | None) -> tuple[Downloaded, Processed]:
    """The artefacts of a clip in a folder, as processing leaves them, from what is known of it."""
    known = metadata.from_page(hit, _page(clip), float(clip.duration_s), datetime.now(UTC).replace(microsecond=0))
    write_json(folder / METADATA, known)
    pictures, found = _cut(folder, video, clip.duration_s) if video else (list(_drawn(folder, clip)), 0)
    screen = ScreenText("done", tuple(_lines(clip)), len(pictures), ENGINE, ("any",))
    write_screen(folder, screen)
    segments = tuple(Segment(*said) for said in clip.said)
    state = "speech" if segments else "no_audio" if clip.sound == "none" else "no_speech"
    spoken_s = sum(segment.end - segment.start for segment in segments)
    speech = Speech(state, segments, clip.language, False, spoken_s, ENGINE)  # type: ignore[arg-type]  # one of its words
    write_speech(folder, speech)
    size = video.stat().st_size if video else 0
    digest = hashlib.sha256(video.read_bytes()).hexdigest() if video else ""
    downloaded = Downloaded(
        clip.video_id,
        video or folder / VIDEO,
        size,
        digest,
        float(clip.duration_s),
        clip.sound != "none",
        known,
    )
    engines = dict.fromkeys(("frames", "audio", "voice", "ocr", "speech"), ENGINE)
    return downloaded, Processed(tuple(pictures), found or len(pictures), screen, speech, engines, None, 0.0)


def _page(clip: Clip) -> dict[str, Any]:
    """What an extractor reads on its page."""
    return {
        "description": clip.caption,
        "uploader": clip.handle,
        "channel": clip.nickname,
        "uploader_id": clip.author_uid,
        "channel_id": clip.sec_uid,
        "timestamp": int(clip.posted_at.timestamp()),
        "view_count": clip.plays,
        "like_count": clip.likes,
        "comment_count": clip.comments,
        "repost_count": clip.shares,
        "save_count": clip.saves,
        "track": "original sound",
    }


def _lines(clip: Clip) -> Iterator[Line]:
    for shown in making.shown_in(clip):
        yield Line(shown.start, shown.until, shown.text, 1.0, (0, 0, clip.width, making.LETTERS))


def _cut(folder: Path, video: Path, length: float) -> tuple[list[Frame], int]:
    """Pictures and sound of a video, by the pipeline's own parts."""
    picked = frames.pick_frames(video, folder, MOST_FRAMES, Deadline(PATIENCE_S), length)
    audio.write_audio(video, folder / AUDIO, Deadline(PATIENCE_S))
    return list(picked.shown), picked.found


def _drawn(folder: Path, clip: Clip) -> Iterator[Frame]:
    """A picture where a caption begins, and every three seconds."""
    begins = {shown.start for shown in making.shown_in(clip)}
    regular = {EVERY_S * number for number in range(int(clip.duration_s // EVERY_S) + 1)}
    times = sorted(t for t in begins | regular if t < clip.duration_s)
    (folder / FRAMES).mkdir()
    for number, t in enumerate(thinned(times, MOST_FRAMES), start=1):
        path = folder / FRAMES / f"{number:03d}_t{t:.1f}s.jpg"
        path.write_bytes(_picture(clip, t))
        yield Frame(t, path)


def _picture(clip: Clip, t: float) -> bytes:
    """Two colours that run into each other, lights that wander, and the captions of that second."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageFilter

    dice = Dice("demo picture", clip.video_id)
    width, height = clip.width // 2, clip.height // 2
    colours = [np.array([dice.below(140) + 20 for _ in range(3)], dtype=np.float32) for _ in range(2)]
    down, along = np.mgrid[0:height, 0:width]
    share = ((down / height + along / width) / 2)[..., None]
    ground = Image.fromarray((colours[0] * (1 - share) + colours[1] * share).astype(np.uint8))
    draw = ImageDraw.Draw(ground)
    for _ in range(7):
        x, y, r = dice.below(width), dice.below(height), 10 + dice.below(50)
        at = x + int(t * dice.between(-12, 12))
        fill_with = tuple(int(part) for part in colours[dice.below(2)] * 0.4 + 130)
        draw.ellipse((at - r, y - r, at + r, y + r), fill=fill_with)
    ground = ground.filter(ImageFilter.GaussianBlur(6))
    for shown in making.shown_in(clip):
        top = round(height * dice.pick((0.18, 0.55, 0.72)))
        if shown.start <= t < shown.until:
            words = Image.open(
                io.BytesIO(lettering.caption(shown.text, width, round(making.LETTERS * width / 720) + 6))
            )
            ground.paste(words, (0, top), words)
    encoded = io.BytesIO()
    ground.save(encoded, "JPEG", quality=82)
    return encoded.getvalue()


@speaking_alone()
def main() -> int:
    """Fills the library of the embedded database of `make up`, where there is no question and no video yet."""
    places, configured = Folders.here(), settings.load()
    server = postgres.find(places.postgres)
    if server is None or not configured.uses_embedded_postgres:
        raise LocalError("A made-up library is for the embedded database alone, while it runs: make up")
    url = server.url_for("cometwatch")
    with psycopg.connect(url) as connection:
        migrations.check(connection)
        is_new = not connection.execute("select from research_queries union all select from videos limit 1").fetchall()
    if is_new:
        say("Putting a small library together …")
        lake = Lake(configured.media_uri or f"file://{places.media}")
        places.research.mkdir(parents=True, exist_ok=True)
        for problem in fill(lambda: psycopg.connect(url), lake, places.research, configured.now().date()):
            raise LocalError(problem)
    say("A small library of made-up videos is in; `make research-clear` removes it." if is_new else HAS_RESEARCH)
    # It comes last of what `make demo` does.
    port = noted_port(places)
    if port is not None:
        say(f"See it all: {airflow.pages_url(port)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LocalError as error:
        sys.exit(str(error))

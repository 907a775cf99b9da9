"""`make research-quality`: the sandbox's clips of known truth, processed for real, and how right what came out is."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from include import settings
from include.failures import NeedsPerson
from include.local.folders import Folders
from include.sandbox.research import catalogue, making
from include.sandbox.research.catalogue import Clip
from include.video_research import settings as research_settings
from include.video_research.processing.errors import ProcessingFailed
from include.video_research.processing.options import Options
from include.video_research.processing.process import process
from include.video_research.quality import Quality, Speaker, Truth, measure
from include.video_research.records import VIDEO, Downloaded, Processed

# A reader, a synthesiser on a street, and four in which nobody speaks.
CLIPS = ("quality-reading", "wheel-puncture", "quality-music", "quality-tone", "quality-noise", "wheel-silent")
# (what must be reached, in words; whether a figure reaches it)
TARGETS = {
    "wer_human": 0.03,
    "wer_synthetic": 0.35,
    "cer": 0.05,
    "captions_found": 0.95,
    "frames_per_caption": 1.3,
    "invented_words": 0,
    "seconds_off_most": 0.5,
}
AT_LEAST = {"captions_found"}
_WHAT = {
    "wer_human": "words wrong, a human reader",
    "wer_synthetic": "words wrong, a synthesiser with street noise",
    "cer": "letters wrong, captions of 46 px",
    "captions_found": "captions found",
    "frames_per_caption": "frames kept per caption",
    "invented_words": "words invented on music, tones, noise, silence",
    "seconds_off_most": "seconds beside the truth, the worst of all phrases",
}
_SPEAKERS: dict[str, Speaker] = {"speech": "human", "synthetic": "synthetic"}


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Runs the command; returns its exit status: 2 for a wrong word, 1 where something is missing or cannot be processed."""
    style = environ.get("FORMAT") or "table"
    if style not in {"table", "json"}:
        sys.stderr.write("FORMAT is table or json.\n")
        return 2
    try:
        options = Options.from_settings(research_settings.load())
        quality = run(Folders.here().local / "clips", CLIPS, options)
    except (NeedsPerson, settings.SettingsError, making.MakingFailed) as error:
        sys.stderr.write(f"research-quality: {error}\n")
        return 1
    except ProcessingFailed as error:
        sys.stderr.write(f"research-quality: {error.failure.error}. {error.failure.what_to_do}\n")
        return 1
    sys.stdout.write(as_json(quality) if style == "json" else as_table(quality))
    return 0


def run(kept: Path, names: Sequence[str], options: Options) -> Quality:
    """Makes the clips, or takes those that are kept in the folder, and processes each in a folder that goes afterwards."""
    judged = []
    for name in names:
        clip = catalogue.named(name)
        media = making.make(clip, kept)
        with tempfile.TemporaryDirectory(prefix="research-quality-") as room:
            judged.append((truth_of(name, clip), processed_of(clip, media, Path(room), options)))
    return measure(judged)


def truth_of(name: str, clip: Clip) -> Truth:
    """What the clip, as it was made on this machine, says and shows."""
    speaker = _SPEAKERS.get(clip.sound, "nobody")
    phrases = tuple((said.start, said.text) for said in clip.said) if speaker != "nobody" else ()
    return Truth(name, speaker, clip.transcript, tuple((*shown,) for shown in making.shown_in(clip)), phrases)


def processed_of(clip: Clip, media: Path, room: Path, options: Options) -> Processed:
    """The clip processed as if it had just been downloaded into `room`."""
    video = room / VIDEO
    video.write_bytes(media.read_bytes())
    downloaded = Downloaded(
        video_id=clip.video_id,
        path=video,
        size_bytes=video.stat().st_size,
        sha256=hashlib.sha256(video.read_bytes()).hexdigest(),
        duration_s=float(clip.duration_s),
        has_audio=clip.sound != "none",
        metadata={"video_id": clip.video_id},
    )
    return process(room, downloaded, options)


def as_json(quality: Quality) -> str:
    """One line of JSON; None is null."""
    return json.dumps(asdict(quality)) + "\n"


def as_table(quality: Quality) -> str:
    """A line for each figure with what it must reach."""
    lines = []
    for name, target in TARGETS.items():
        figure = getattr(quality, name)
        sign = "≥" if name in AT_LEAST else "≤"
        told = "-" if figure is None else f"{figure:g}"
        reached = is_reached(name, figure)
        verdict = "-" if reached is None else "yes" if reached else "NO"
        lines.append(f"{name:<20}{told:>8}  {sign} {target:<6g}{verdict:<5}{_WHAT[name]}")
    return "\n".join([*lines, f"{'cpu_s':<20}{quality.cpu_s:>8g}  seconds of processor time", ""])


def is_reached(name: str, figure: float | None) -> bool | None:
    """Whether the figure is as good as it must be; None where there is none."""
    if figure is None:
        return None
    return figure >= TARGETS[name] if name in AT_LEAST else figure <= TARGETS[name]


if __name__ == "__main__":
    sys.exit(main())

"""What a downloaded file really holds: a video that can be decoded from its beginning to its end, and how long it is.

An HTML page that is called mp4 has no stream, and a file that was cut keeps its index and tells its full length: so every
packet is counted, and the beginning and the last second are decoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from include.video_research import children, ffmpeg

SECONDS = 60.0  # for each look
TOLERANCE = 0.1  # of the length that was announced
LEAST_TOLERANCE_S = 1.5  # whole seconds are announced, rounded somehow
TAIL_S = 1.0

_STREAM = re.compile(r"^\s*Stream #0:\d+.*?: (Video|Audio): (\w+)", re.MULTILINE)
_DURATION = re.compile(r"^\s*Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", re.MULTILINE)
_PROGRESS = re.compile(r"^(frame|out_time_us)=\s*(-?\d+)\s*$", re.MULTILINE)


class Damaged(Exception):
    """It is not a whole video; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Proved:
    """What the file holds: seconds, and whether there is sound."""

    duration_s: float
    has_audio: bool
    codec: str


def prove(path: Path, announced_s: float | None) -> Proved:
    """Raises Damaged for a file that is no whole video, or another length than `announced_s`; ExtraMissing without ffmpeg."""
    text, _, packets_s = _looked_at("-i", str(path), "-map", "0:V:0", "-c", "copy")
    streams = dict(reversed(_STREAM.findall(text.partition("Stream mapping")[0])))
    if "Video" not in streams or packets_s <= 0:
        raise Damaged("there is no video stream in it")
    claimed_s = _claimed(text)
    length_s = packets_s if claimed_s is None else claimed_s
    if "partial file" in text:
        raise Damaged(f"it was cut: of {length_s:.1f} s that it says it lasts, the end is missing")
    if not _is_near(
        packets_s, length_s
    ):  # where pictures stand still for long, only decoding tells when the last one ends
        _, _, packets_s = _looked_at("-i", str(path), "-map", "0:V:0")
    pictures_s = packets_s
    if "Audio" in streams and not _is_near(packets_s, length_s):
        # The sound goes on after the last picture, which stands: nothing is missing. Of a cut file both would end.
        _, _, packets_s = _looked_at("-i", str(path), "-map", "0:a:0", "-c", "copy")
    for other_s, whose in ((packets_s, "its pictures end"), (announced_s or length_s, "it was announced to end")):
        if not _is_near(other_s, length_s):
            raise Damaged(f"it says that it lasts {length_s:.1f} s, and {whose} after {other_s:.1f} s")
    _, first, _ = _looked_at("-t", "0.5", "-i", str(path), "-map", "0:V:0")
    _, last, _ = _looked_at("-ss", f"{max(pictures_s - TAIL_S, 0):.3f}", "-i", str(path), "-map", "0:V:0")
    if not last:  # the last picture may stand for longer than that: then all of it has to be decoded
        _, _, decoded_s = _looked_at("-i", str(path), "-map", "0:V:0")
        last = int(decoded_s >= pictures_s - LEAST_TOLERANCE_S)
    if not first or not last:
        raise Damaged(f"its {'end' if first else 'beginning'} cannot be decoded")
    return Proved(length_s, "Audio" in streams, streams["Video"])


def _is_near(other_s: float, length_s: float) -> bool:
    return abs(other_s - length_s) <= max(LEAST_TOLERANCE_S, TOLERANCE * length_s)


def _claimed(text: str) -> float | None:
    found = _DURATION.search(text)
    if not found:
        return None
    hours, minutes, seconds = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _looked_at(*arguments: str) -> tuple[str, int, float]:
    """What ffmpeg says about its input, the frames that came through, and the time of the last one in seconds."""
    # Only files, and only what this container can hold: a playlist called mp4 would have it open other addresses.
    command = [ffmpeg.binary(), "-nostdin", "-hide_banner", "-nostats", "-progress", "pipe:1", "-threads", "1"]
    command += ["-protocol_whitelist", "file", "-f", "mp4", *arguments, "-f", "null", "-"]
    try:
        ended = children.run(command, SECONDS)
    except children.TookTooLong:
        raise Damaged(f"it could not be read within {SECONDS:g} s") from None
    found = dict(_PROGRESS.findall(ended.stdout.decode("ascii", "replace")))
    return ended.stderr.decode("utf-8", "replace"), int(found.get("frame", 0)), int(found.get("out_time_us", 0)) / 1e6

"""The plain way to process a video, as one would write it in an afternoon: `python benchmarks/research_plain.py VIDEO…`.

Twenty frames, evenly; each read by tesseract, where it is installed; the whole sound given to pocketsphinx as it is. Prints a
line of JSON for each video.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FRAMES = 20
PATIENCE = 20  # seconds for a frame: some keep tesseract busy for minutes


def main() -> None:
    for video in sys.argv[1:]:
        before = cpu()
        with tempfile.TemporaryDirectory() as room:
            lines = read_frames(Path(video), Path(room))
            words = hear(Path(video), Path(room))
        told = {"cpu": cpu() - before, "lines": lines, "words": words, "frames": FRAMES}
        sys.stdout.write(json.dumps(told) + "\n")


def read_frames(video: Path, room: Path) -> list[tuple[float, float, str]] | None:
    """(from second, until second, text) of each line that was read; None without tesseract."""
    import cv2

    capture = cv2.VideoCapture(str(video))
    count, rate = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
    found: list[tuple[float, float, str]] = []
    has_tesseract = shutil.which("tesseract") is not None
    for number in range(FRAMES):
        capture.set(cv2.CAP_PROP_POS_FRAMES, int(number * count / FRAMES))
        _, frame = capture.read()
        cv2.imwrite(str(room / "frame.png"), frame)
        if has_tesseract:
            start = number * count / FRAMES / rate
            found += [(start, start + count / FRAMES / rate, text) for text in tesseract(room / "frame.png")]
    return found if has_tesseract else None


def tesseract(picture: Path) -> list[str]:
    command = ["tesseract", str(picture), "-", "--psm", "11"]
    try:
        read = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return []
    return [line.strip() for line in read.splitlines() if line.strip()]


def hear(video: Path, room: Path) -> str:
    from pocketsphinx import Decoder

    sound = room / "sound.raw"
    command = [ffmpeg(), "-v", "error", "-nostdin", "-y", "-i", str(video), "-ac", "1", "-ar", "16000", "-f", "s16le"]
    subprocess.run([*command, str(sound)], check=True, timeout=120)
    decoder: Any = Decoder(samprate=16000, loglevel="FATAL")
    decoder.start_utt()
    decoder.process_raw(sound.read_bytes(), full_utt=True)
    decoder.end_utt()
    heard = decoder.hyp()
    return heard.hypstr if heard else ""


def ffmpeg() -> str:
    found = shutil.which("ffmpeg")
    if found is None:
        import imageio_ffmpeg

        found = str(imageio_ffmpeg.get_ffmpeg_exe())
    return found


def cpu() -> float:
    """Seconds of processor time of this process and of all that it started."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


if __name__ == "__main__":
    main()

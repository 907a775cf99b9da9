"""Makes the catalogue's clips with ffmpeg: a moving picture, captions that change, sound; each once, then kept.

`python -m include.sandbox.research.making FOLDER VIDEO_ID…` prints the path of each. `Maker` does so from an event loop,
in a process aside, and one at a time.
"""

import argparse
import asyncio
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from include.sandbox.dice import Dice
from include.sandbox.research import catalogue, lettering, sounds
from include.sandbox.research.catalogue import Clip, Shown

FORM = 1  # rises when the same clip comes out otherwise than before: what is kept is made anew
FRAMES_A_SECOND = 24
LETTERS = 46  # pixels, on a picture 720 wide
_TIMEOUT = 120  # seconds for one clip
_PLACES = (0.18, 0.55, 0.72)  # of the height, where captions stand
_NEEDED = {
    "numpy": "numpy",
    "PIL": "pillow",
    "espeakng_loader": "espeakng-loader",
    "moonshine_voice": "moonshine-voice",
}


class MakingFailed(Exception):
    """A clip could not be made; the message says what to do."""


def missing_packages() -> list[str]:
    """The packages that making clips needs and that are not installed, by the names to install them under."""
    missing = [package for module, package in _NEEDED.items() if importlib.util.find_spec(module) is None]
    return missing if _ffmpeg_or_none() else [*missing, "imageio-ffmpeg"]


def file_of(clip: Clip, folder: Path) -> Path:
    """Where the clip is kept. A clip that says or shows something else has another file."""
    content = repr((FORM, clip.duration_s, clip.sound, clip.said, clip.language, shown_in(clip), clip.reads_from,
                    clip.has_street_noise, clip.picture, clip.width, clip.height))  # fmt: skip
    return folder / f"{clip.video_id}-{hashlib.blake2b(content.encode(), digest_size=6).hexdigest()}.mp4"


def shown_in(clip: Clip) -> tuple[Shown, ...]:
    """The captions that the picture really has on this machine: those in a script without a font here are left out."""
    return tuple(shown for shown in clip.shown if lettering.can_draw(shown.text))


def make(clip: Clip, folder: Path) -> Path:
    """The clip as MP4 (H.264, AAC, index in front). Who comes second, in this process or another, waits for the first.

    Raises MakingFailed.
    """
    made = file_of(clip, folder)
    if made.is_file():
        return made
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(made.with_suffix(".lock")):
        if not made.is_file():
            with tempfile.TemporaryDirectory(dir=folder, prefix="making-") as room:
                _put_together(clip, Path(room)).replace(made)
    return made


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _put_together(clip: Clip, room: Path) -> Path:
    command = [_ffmpeg(), "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", _ground(clip)]
    captions = shown_in(clip)
    size = round(LETTERS * clip.width / 720)
    for place, shown in enumerate(captions):
        picture = room / f"{place}.png"
        picture.write_bytes(lettering.caption(shown.text, clip.width, size))
        command += ["-i", str(picture)]
    if clip.sound != "none":
        try:
            _write(sounds.samples(clip), room / "sound.wav")
        except (sounds.RecordingMissing, sounds.synthesiser.Unavailable) as error:
            raise MakingFailed(str(error)) from error
        command += ["-i", str(room / "sound.wav"), "-map", f"{len(captions) + 1}:a", "-c:a", "aac", "-b:a", "96k"]
    command += ["-filter_complex", _overlaid(clip, captions), "-map", "[out]", "-t", f"{sounds.length(clip):g}"]
    # One thread, and nothing of the day or the version in it: the same clip is the same bytes.
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "27", "-g", "48", "-threads", "1"]
    command += ["-fflags", "+bitexact", "-flags", "+bitexact", "-movflags", "+faststart", str(room / "clip.mp4")]
    _run(command)
    return room / "clip.mp4"


def _ground(clip: Clip) -> str:
    """What moves behind the captions. "drift" moves so slowly that only captions change; "lights" does all the time."""
    dice = Dice("ground", clip.video_id)
    colours = [f"0x{dice.below(110):02x}{dice.below(110):02x}{dice.below(110):02x}" for _ in range(2)]
    speed = {"drift": 0.003, "lights": 0.03}.get(clip.picture, 0.0005)
    size = f"s={clip.width // 4}x{clip.height // 4}:r={FRAMES_A_SECOND}"
    return f"gradients={size}:c0={colours[0]}:c1={colours[1]}:nb_colors=2:seed={dice.below(10_000)}:speed={speed}"


def _overlaid(clip: Clip, captions: tuple[Shown, ...]) -> str:
    """The ground at full size; with scene cuts for "blocks"; each caption over it in its time."""
    steps = [f"[0:v]scale={clip.width}:{clip.height}:flags=bilinear{_cuts(clip)},format=yuv420p[v0]"]
    dice = Dice("places", clip.video_id)
    for number, shown in enumerate(captions):
        top = round(clip.height * dice.pick(_PLACES))
        during = f"gte(t,{shown.start:g})*lt(t,{shown.until:g})"
        steps.append(f"[v{number}][{number + 1}:v]overlay=0:{top}:enable='{during}'[v{number + 1}]")
    return ";".join([*steps, f"[v{len(captions)}]null[out]"])


def _cuts(clip: Clip) -> str:
    """Another colour from each third of the clip on, as cuts between scenes."""
    if clip.picture != "blocks":
        return ""
    third = sounds.length(clip) / 3
    return f",hue=h='floor(t/{third:g})*120':b='floor(t/{third:g})*1.2'"


def _write(samples: object, file: Path) -> None:
    import numpy as np

    with wave.open(str(file), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(sounds.HZ)
        written.writeframes((np.asarray(samples) * 32_767).astype("<i2").tobytes())


def _run(command: list[str]) -> None:
    """Runs ffmpeg in a process group of its own, so that nothing of it is left when it overruns."""
    with subprocess.Popen(  # noqa: S603 - ffmpeg, with the arguments above
        command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True
    ) as child:
        try:
            _, said = child.communicate(timeout=_TIMEOUT)
        except BaseException as error:
            os.killpg(child.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise MakingFailed(f"ffmpeg did not end within {_TIMEOUT} seconds") from error
            raise
    if child.returncode:
        raise MakingFailed(f"ffmpeg failed: {said.decode(errors='replace').strip()[-400:]}")


@cache
def _ffmpeg_or_none() -> str | None:
    found = shutil.which("ffmpeg")
    if found is None and importlib.util.find_spec("imageio_ffmpeg"):
        import imageio_ffmpeg

        found = imageio_ffmpeg.get_ffmpeg_exe()
    return found


def _ffmpeg() -> str:
    found = _ffmpeg_or_none()
    if found is None:
        raise MakingFailed("there is no ffmpeg: install Debian's package, or run `make extra NAME=media`")
    return found


class Maker:
    """Makes clips for an event loop that has others to answer meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._begun: dict[Path, asyncio.Task[Path]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def media(self, clip: Clip) -> Path:
        """The clip's file. Raises MakingFailed. Whoever stops waiting stops nobody else's clip."""
        made = file_of(clip, self.folder)
        if made.is_file():
            return made
        begun = self._begun.get(made)
        if begun is None:
            begun = self._begun[made] = asyncio.create_task(self._make(clip.video_id, made))
            begun.add_done_callback(lambda _: self._begun.pop(made, None))
        return await asyncio.shield(begun)

    async def close(self) -> None:
        """Ends what is being made."""
        begun = list(self._begun.values())
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)

    async def _make(self, video_id: str, made: Path) -> Path:
        async with self._one_at_a_time:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", __spec__.name, str(self.folder), video_id,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
            )  # fmt: skip
            try:
                _, said = await child.communicate()
            except asyncio.CancelledError:
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGTERM)
                await child.wait()
                raise
        if child.returncode or not made.is_file():
            raise MakingFailed(
                said.decode(errors="replace").strip()[-400:] or "the process that makes clips was killed"
            )
        return made


def main() -> int:
    """Makes the clips that are named; exit status 1, with the reason, where one cannot be made."""
    parser = argparse.ArgumentParser(prog="python -m include.sandbox.research.making", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("video_ids", nargs="+", metavar="video_id", help="an id, or a name of clips.json")
    options = parser.parse_args()
    # Ended from outside, it ends as by hand: ffmpeg goes with it, and so does the folder it worked in.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for video_id in options.video_ids:
        clip = catalogue.clip(video_id)
        if clip is None:
            sys.stderr.write(f"{video_id} is no id of a video\n")
            return 1
        try:
            sys.stdout.write(f"{make(clip, options.folder)}\n")
        except (MakingFailed, OSError) as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

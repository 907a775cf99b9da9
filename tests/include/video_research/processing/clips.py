"""Small real clips with known contents: captions drawn by Pillow, sound from numbers or from recorded readers."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from include.video_research.ffmpeg import binary
from include.video_research.processing.artefacts import sha256_of
from include.video_research.records import Downloaded

RATE = 16_000


def make_clip(
    path: Path,
    captions: Sequence[str],
    sound: np.ndarray | None,
    *,
    seconds_each: float = 3.0,
    size: tuple[int, int] = (360, 640),
    rate: int = 10,
    letters: int = 26,
) -> Downloaded:
    """An mp4 whose caption changes every `seconds_each` over a ground that moves slowly; `sound` is -1 to 1 at RATE."""
    width, height = size
    seconds = seconds_each * len(captions)
    command = [binary(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"]
    command += ["-r", str(rate), "-i", "-"]
    if sound is not None:
        wav = path.with_suffix(".wav")
        write_wav(wav, sound[: int(seconds * RATE)])
        command += ["-i", str(wav), "-c:a", "aac", "-b:a", "96k"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "26", "-pix_fmt", "yuv420p", str(path)]
    overlays = [_overlay(text, size, letters) for text in captions]
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for number in range(int(seconds * rate)):
            shade = 90 + 40 * np.sin((across + 2 * down) / 190 + number / (8 * rate))
            ground = np.stack([shade, shade * 0.9, 190 - shade], axis=-1).astype(np.uint8)
            overlay = overlays[min(int(number / rate / seconds_each), len(overlays) - 1)]
            mask = overlay[..., 3:] > 127
            encoder.stdin.write(np.where(mask, overlay[..., :3], ground).astype(np.uint8).tobytes())
        encoder.stdin.close()
    assert encoder.returncode == 0
    return downloaded(path, seconds, has_audio=sound is not None)


def downloaded(path: Path, seconds: float, *, has_audio: bool) -> Downloaded:
    return Downloaded(path.stem, path, path.stat().st_size, sha256_of(path), seconds, has_audio, {})


def reader(seconds: float) -> np.ndarray:
    """The beginning of a novel, read aloud by a person."""
    with wave.open(str(_recording("two_cities.wav"))) as file:
        return _at_rate(file, seconds)


def write_wav(path: Path, sound: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound.clip(-1, 1) * 32767).astype("<i2").tobytes())


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE), np.float32)


def tones(seconds: float) -> np.ndarray:
    """A chord that swells."""
    t = np.arange(int(seconds * RATE)) / RATE
    chord = sum(np.sin(2 * np.pi * pitch * t) for pitch in (220.0, 277.2, 329.6))
    return (chord / 4 * (0.6 + 0.4 * np.sin(2 * np.pi * 0.5 * t))).astype(np.float32)


def noise(seconds: float, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.15, int(seconds * RATE)).clip(-1, 1).astype(np.float32)


def plucked(seconds: float, seed: int = 3) -> np.ndarray:
    """Strings that are plucked twice a second over a drum: what music sounds like to an engine."""
    chance = np.random.default_rng(seed)
    found = np.zeros(int(seconds * RATE), np.float32)
    for beat in range(int(seconds * 2)):
        pitch = float(chance.choice([196.0, 220.0, 261.6, 293.7, 329.6, 392.0]))
        t = np.arange(min(RATE, len(found) - beat * RATE // 2)) / RATE
        string = sum(np.sin(2 * np.pi * pitch * n * t) * np.exp(-3 * n * t) / n for n in range(1, 7))
        drum = chance.normal(0, 1, len(t)) * np.exp(-40 * t) + np.sin(2 * np.pi * 60 * t) * np.exp(-12 * t)
        found[beat * RATE // 2 :][: len(t)] += (0.25 * string + 0.15 * drum).astype(np.float32)
    return found.clip(-1, 1)


def _recording(name: str) -> Path:
    """Data of a package that is never imported."""
    spec = find_spec("moonshine_voice")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "assets" / name


def _at_rate(file: wave.Wave_read, seconds: float) -> np.ndarray:
    given = file.getframerate()
    raw = np.frombuffer(file.readframes(int(seconds * given)), "<i2").astype(np.float32) / 32768
    mono = raw.reshape(-1, file.getnchannels()).mean(axis=1)
    times = np.arange(int(len(mono) * RATE / given)) / RATE
    return np.interp(times, np.arange(len(mono)) / given, mono).astype(np.float32)


def _overlay(text: str, size: tuple[int, int], letters: int) -> np.ndarray:
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=letters)
    left, top, right, bottom = pen.textbbox((0, 0), text, font=font, stroke_width=2)
    place = ((size[0] - right + left) / 2, size[1] * 0.7 - (bottom - top) / 2)
    pen.text(place, text, font=font, fill=(255, 255, 255, 255), stroke_width=2, stroke_fill=(0, 0, 0, 255))
    return np.asarray(picture)

"""What a clip sounds like, as samples: a reader, a synthesiser, plucked strings, a tone, noise, or silence."""

import wave
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from include.sandbox.dice import number
from include.sandbox.research import catalogue, synthesiser
from include.sandbox.research.catalogue import Clip, Said

HZ = 48_000
_TAIL = 0.3  # seconds of the recording after the last word
_STREET = 0.06  # how loud noise is beside a voice, of full scale
_CHORDS = ((220.0, 277.2, 329.6), (196.0, 246.9, 293.7), (174.6, 220.0, 261.6), (196.0, 246.9, 329.6))  # Hz


class RecordingMissing(Exception):
    """The package with the reader's recording is not installed."""


def samples(clip: Clip) -> Any:
    """The clip's sound as an array of floats within -1 to 1, HZ a second; None where it has none."""
    import numpy as np

    if clip.sound == "none":
        return None
    rng = np.random.default_rng(number("sound", clip.video_id))
    count = round(length(clip) * HZ)
    sound = np.zeros(count, dtype=np.float32)
    made: dict[str, Callable[[], Any]] = {
        "speech": lambda: _read(clip),
        "synthetic": lambda: _spoken(clip, count),
        "music": lambda: _plucked(count, rng),
        "tone": lambda: 0.3 * _tone(count),
        "noise": lambda: 0.2 * _pink(count, rng) + 0.05 * _tone(count),
    }
    if clip.sound in made:
        heard = made[clip.sound]()[:count]
        sound[: len(heard)] = heard
    if clip.has_street_noise:
        sound += _STREET * _pink(count, rng)
    return np.clip(sound, -1.0, 1.0)


def length(clip: Clip) -> float:
    """Seconds of media that are made. A clip that is refused for its length on its page is never fetched: a short one does."""
    return float(min(max(clip.duration_s, 1), 60))


def _read(clip: Clip) -> Any:
    """The reader's words, cut from the recording where it lies; silence after the last of them."""
    import numpy as np

    voice, hz = _recording()
    begins = clip.reads_from or 0.0
    ends = begins + clip.said[-1].end + _TAIL
    before = np.zeros(max(0, round(-begins * HZ)), dtype=np.float32)
    cut = voice[max(0, round(begins * hz)) : round(ends * hz)]
    return np.concatenate([before, _at_our_rate(_faded(cut, hz), hz)])


def _recording() -> tuple[Any, int]:
    import numpy as np

    package, _, name = catalogue.READING.partition("/")
    found = find_spec(package)
    file = Path(found.origin).parent / name if found and found.origin else None
    if file is None or not file.is_file():
        raise RecordingMissing("moonshine-voice is not installed: run `make extra NAME=media`")
    with wave.open(str(file)) as recorded:
        hz = recorded.getframerate()
        voice = np.frombuffer(recorded.readframes(recorded.getnframes()), "<i2").astype(np.float32) / 32_768
    return voice, hz


def _faded(cut: Any, hz: int) -> Any:
    """Without the click of a cut."""
    import numpy as np

    edge = min(len(cut) // 2, hz // 50)
    cut = cut.copy()
    cut[:edge] *= np.linspace(0, 1, edge, dtype=np.float32)
    cut[len(cut) - edge :] *= np.linspace(1, 0, edge, dtype=np.float32)
    return cut


def _at_our_rate(sound: Any, hz: int) -> Any:
    import numpy as np

    if hz == HZ:
        return sound
    places = np.arange(0, len(sound), hz / HZ, dtype=np.float64)
    return np.interp(places, np.arange(len(sound)), sound).astype(np.float32)


def _spoken(clip: Clip, count: int) -> Any:
    """Each sentence at its second, by the clip's language; faster where it would not end in time."""
    import numpy as np

    sound = np.zeros(count, dtype=np.float32)
    for said in clip.said:
        voice = _sentence(said, clip.language or "en")
        start = round(said.start * HZ)
        voice = voice[: count - start]
        sound[start : start + len(voice)] += voice
    return sound


def _sentence(said: Said, language: str) -> Any:
    import numpy as np

    rate = synthesiser.USUAL_RATE
    while True:
        spoken, hz = synthesiser.speak(said.text, language, rate)
        voice = np.frombuffer(spoken, "<i2").astype(np.float32) / 32_768
        if len(voice) / hz <= said.end - said.start or rate >= synthesiser.FASTEST_RATE:
            return _at_our_rate(voice, hz)
        rate += 10


def _plucked(count: int, rng: Any) -> Any:
    """Chords of plucked strings, one each half second: a noisy delay line that dies away in its own pitch."""
    import numpy as np

    sound = np.zeros(count, dtype=np.float32)
    for beat, start in enumerate(range(0, count, HZ // 2)):
        chord = _CHORDS[(beat // 4) % len(_CHORDS)]
        string = _string(chord[beat % len(chord)], min(HZ, count - start), rng)
        sound[start : start + len(string)] += 0.35 * string
    return sound


def _string(pitch: float, count: int, rng: Any) -> Any:
    import numpy as np

    period = int(HZ / pitch)
    line = rng.uniform(-1, 1, period).astype(np.float32)
    turns = []
    for _ in range(count // period + 1):
        turns.append(line)
        line = 0.4985 * (line + np.roll(line, 1))
    return np.concatenate(turns)[:count]


def _pink(count: int, rng: Any) -> Any:
    """Noise whose power falls with its pitch, as rain, streets and microphones have it; its loudest sample is 1."""
    import numpy as np

    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum /= np.sqrt(np.arange(1, len(spectrum) + 1))
    noise = np.fft.irfft(spectrum, count)
    return (noise / max(1e-9, np.abs(noise).max())).astype(np.float32)


def _tone(count: int) -> Any:
    import numpy as np

    return np.sin(np.arange(count, dtype=np.float32) * (2 * np.pi * 440 / HZ))

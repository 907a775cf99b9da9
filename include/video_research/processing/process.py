"""One downloaded video, processed: its frames, its sound, what is written on the screen, what is said.

Each part is kept once it is done, and made anew only when its engine, its source or its files are no longer the same: a
retry goes on where the last try stopped, and another model reads kept frames and sound without a download.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

from include.video_research.processing import audio, frames, voice
from include.video_research.processing.artefacts import (
    Done,
    Kept,
    read_screen_file,
    read_speech_file,
    sha256_of,
    sha256_of_all,
    write_screen,
    write_speech,
)
from include.video_research.processing.children import Deadline
from include.video_research.processing.errors import (
    ChildFailed,
    ChildTimedOut,
    EngineUnavailable,
    ProcessingFailed,
    broken,
    disk,
    timed_out,
)
from include.video_research.processing.options import Options
from include.video_research.processing.screen import reading
from include.video_research.processing.speech import transcribing
from include.video_research.records import (
    AUDIO,
    SCREEN_TEXT,
    TIMES,
    Downloaded,
    Failure,
    Frame,
    Processed,
    ScreenText,
    Speech,
)

NO_AUDIO = "no audio"


def process(folder: Path, downloaded: Downloaded, options: Options) -> Processed:
    """Writes the artefacts into `folder`. Raises ProcessingFailed when there are no frames, no sound where there is sound,
    or no time left; an engine that cannot be used fails its own part, which says so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    begun = _cpu_seconds()
    deadline = Deadline(options.timeout_s)
    work = _Work(folder, downloaded, options, deadline, Kept(folder))
    try:
        pictures, shown = work.frames()
        sound = work.audio()
        screen = work.screen(pictures)
        speech = work.speech(sound)
    except ChildTimedOut as error:
        raise timed_out(str(error)) from None
    except OSError as error:
        raise disk(error) from error
    engines = {"frames": pictures.engine, "audio": sound.engine, "voice": voice.VERSION}
    if screen.scripts:  # in others nothing is read, and that is said beside what was
        engines["scripts"] = ", ".join(screen.scripts)
    return Processed(
        frames=shown,
        frames_found=int(pictures.facts["found"]),
        screen=screen,
        speech=speech,
        engines={**engines, "ocr": screen.engine, "speech": speech.engine},
        audio_s=sound.facts["seconds"],
        cpu_s=round(_cpu_seconds() - begun, 2),
    )


def engines_wanted(options: Options) -> dict[str, tuple[str, ...]]:
    """For each part the engines whose results are as good as new ones; nothing is loaded for it."""
    return {
        "frames": (frames.VERSION,),
        "audio": (audio.VERSION, NO_AUDIO),
        "voice": (voice.VERSION,),
        "ocr": reading.wanted(options),
        "speech": transcribing.wanted(options),
    }


class _Work:
    """The parts of one video, in the order in which they need each other."""

    def __init__(self, folder: Path, downloaded: Downloaded, options: Options, deadline: Deadline, kept: Kept) -> None:
        self._folder = folder
        self._downloaded = downloaded
        self._options = options
        self._deadline = deadline
        self._kept = kept

    def frames(self) -> tuple[Done, tuple[Frame, ...]]:
        """Those that are read are a part; which of them are shown follows from the options."""
        source = self._downloaded.sha256
        done = self._kept.find("frames", (frames.VERSION,), source)
        if done is None:
            picked = frames.pick_frames(
                self._downloaded.path,
                self._folder,
                self._options.max_frames,
                self._deadline,
                self._downloaded.duration_s,
            )
            times = [frame.t for frame in picked.read]
            paths = [frame.path for frame in picked.read]
            done = self._kept.save(
                "frames", frames.VERSION, source, "done", paths, times=times, found=picked.found, seconds=picked.seconds
            )
            return done, picked.shown
        return done, frames.show_frames(self._pictures(done), self._folder, self._options.max_frames)

    def audio(self) -> Done:
        source = self._downloaded.sha256
        done = self._kept.find("audio", (audio.VERSION, NO_AUDIO), source)
        if done is not None:
            return done
        path = self._folder / AUDIO
        path.unlink(missing_ok=True)
        try:
            if not self._downloaded.has_audio:
                raise audio.NoAudio
            audio.write_audio(self._downloaded.path, path, self._deadline)
            seconds = round(len(audio.read_sound(path, self._deadline)) / audio.RATE, 3)
        except audio.NoAudio:
            return self._kept.save("audio", NO_AUDIO, source, "no_audio", (), seconds=None)
        except EngineUnavailable as error:
            raise ProcessingFailed(Failure("process", "engine", str(error), str(error))) from None
        except ChildTimedOut:
            raise
        except ChildFailed as error:
            raise broken(error) from None
        return self._kept.save("audio", audio.VERSION, source, "done", (path,), seconds=seconds)

    def screen(self, pictures: Done) -> ScreenText:
        source = sha256_of_all(pictures.files.values())
        path = self._folder / SCREEN_TEXT
        kept = self._kept.find("ocr", reading.wanted(self._options), source)
        if kept is not None:
            return read_screen_file(path)
        seconds = max(self._downloaded.duration_s, float(pictures.facts["seconds"]))
        screen = reading.read_screen(
            self._downloaded.video_id, self._pictures(pictures), seconds, self._options, self._check("reading text")
        )
        write_screen(self._folder, screen)
        self._kept.save("ocr", screen.engine, source, screen.state, (path,))
        return screen

    def speech(self, sound: Done) -> Speech:
        captions = self._downloaded.captions
        own = [sha256_of(path) for path in captions.values() if path.is_file()]
        source = sha256_of_all([*sound.files.values(), *own])
        kept = self._kept.find("speech", transcribing.wanted(self._options), source)
        if kept is not None:
            return read_speech_file(self._folder / TIMES)
        speech = transcribing.NO_AUDIO if sound.engine == NO_AUDIO else self._heard()
        self._kept.save("speech", speech.engine, source, speech.state, write_speech(self._folder, speech))
        return speech

    def _heard(self) -> Speech:
        try:
            samples = audio.read_sound(self._folder / AUDIO, self._deadline)
        except ChildTimedOut:
            raise
        except ChildFailed as error:
            raise broken(error) from None
        check = self._check("writing down speech")
        return transcribing.transcribe(samples, self._downloaded.captions, self._options, check)

    def _pictures(self, done: Done) -> list[Frame]:
        return [Frame(t, self._folder / name) for t, name in zip(done.facts["times"], done.files, strict=True)]

    def _check(self, doing: str) -> Callable[[], None]:
        return lambda: self._deadline.check(doing)


def _cpu_seconds() -> float:
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))

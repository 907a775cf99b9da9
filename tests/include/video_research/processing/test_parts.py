"""Frames and sound out of real files, children that hang, weights, and the clock of spoken parts."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from include.video_research.processing import audio
from include.video_research.processing.artefacts import (
    Kept,
    forget,
    read_screen_file,
    read_speech_file,
    write_screen,
    write_speech,
)
from include.video_research.processing.children import Deadline, run
from include.video_research.processing.engines import RATE, Span
from include.video_research.processing.errors import (
    ChildFailed,
    ChildTimedOut,
    EngineUnavailable,
    ProcessingFailed,
    broken,
    damaged,
)
from include.video_research.processing.frames import pick_frames
from include.video_research.processing.frames_child import Picker
from include.video_research.processing.speech import weights
from include.video_research.processing.speech.whisper import Clock, is_made_up, placed
from include.video_research.records import Line, ScreenText, Segment, Speech
from include.video_research.thinning import thinned


@pytest.mark.parametrize(("count", "most", "kept"), [(3, 5, [0, 1, 2]), (10, 4, [0, 3, 6, 9]), (7, 1, [0]), (0, 3, [])])
def test_thinned(count: int, most: int, kept: list[int]):
    """Evenly, with the first and the last."""
    assert thinned(range(count), most) == kept


def flat(level: int, width: int = 90, height: int = 160) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def with_caption(row: int, letters: int) -> np.ndarray:
    """A grey picture with `letters` white cells in a row, as a caption looks from afar."""
    picture = flat(100)
    picture[row : row + 4, 20 : 20 + letters // 4] = 255
    return picture


def test_a_short_caption_is_a_change(tmp_path: Path):
    """A caption that changes less than a two-hundredth of the picture is seen; the first and the last frame are kept."""
    picker = Picker(tmp_path, 120)
    for number, picture in enumerate([flat(100), flat(101), with_caption(112, 64), with_caption(112, 64)]):
        picker.look(number / 2, picture)
    picker.close()
    assert [t for t, _ in picker.kept] == [0.0, 1.0, 1.5]
    assert picker.found == 3


def test_the_same_picture_is_not_kept_again(tmp_path: Path):
    """A still picture is kept at its beginning and its end; a faint change is kept after five seconds."""
    picker = Picker(tmp_path, 120)
    for number in range(40):
        picker.look(number / 2, flat(100))
    picker.look(20.0, with_caption(10, 16))
    picker.close()
    assert [t for t, _ in picker.kept] == [0.0, 20.0]


def test_restless_pictures_stay_bounded(tmp_path: Path):
    """Of a video that changes all the time no more frames lie on the disk than four times the bound, evenly spread."""
    picker = Picker(tmp_path, 5)
    for number in range(400):
        picker.look(number / 2, flat(60 if number % 2 else 160))
    picker.close()
    times = [t for t, _ in picker.kept]
    assert len(list(tmp_path.iterdir())) == len(times) <= 21
    assert (times[0], times[-1]) == (0.0, 199.5)
    assert picker.found > 200
    assert max(np.diff(times)) <= 2 * np.median(np.diff(times))


@pytest.mark.server
@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"\x00" * 5000], ids=["empty", "html", "zeros"])
def test_no_video(tmp_path: Path, content: bytes):
    """What only calls itself a video is damaged, and says what to do."""
    video = tmp_path / "video.mp4"
    video.write_bytes(content)
    with pytest.raises(ProcessingFailed) as caught:
        pick_frames(video, tmp_path / "out", 20, Deadline(60), 6.0)
    failure = pickle.loads(pickle.dumps(caught.value)).failure  # noqa: S301 - made here
    assert (failure.stage, failure.kind, "downloads it again" in failure.what_to_do) == ("process", "damaged", True)


@pytest.mark.server
def test_pictures_after_a_broken_place(tmp_path: Path):
    """Where something in the middle cannot be read, what comes after it is looked at all the same."""
    video = tmp_path / "video.mp4"
    make = [audio.binary(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x284:r=12:d=6", "-c:v", "libx264"]
    subprocess.run([*make, "-g", "12", "-movflags", "+faststart", str(video)], check=True)
    content = bytearray(video.read_bytes())
    middle = len(content) // 2
    content[middle - 4_000 : middle + 4_000] = b"\xff" * 8_000
    video.write_bytes(content)
    picked = pick_frames(video, tmp_path / "out", 20, Deadline(60), 6.0)
    assert picked.seconds == pytest.approx(6, abs=0.3)
    assert [frame.t > 5 for frame in picked.read][-1]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["frames", "frames_read"]


@pytest.mark.server
def test_a_playlist_is_no_video(tmp_path: Path):
    """A file that names addresses, as a playlist does, is not followed."""
    video = tmp_path / "video.mp4"
    video.write_text("#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1:9/secret.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(ChildFailed):
        audio.write_audio(video, tmp_path / "audio.mp3", Deadline(60))
    assert not list(tmp_path.glob("*.mp3"))


@pytest.mark.server
def test_a_child_that_hangs_is_killed(tmp_path: Path):
    """With all that it started, when its time is over."""
    note = tmp_path / "pid"
    script = (
        f"import os,subprocess;p=subprocess.Popen(['sleep','60']);open({str(note)!r},'w').write(str(p.pid));p.wait()"
    )
    begun = time.monotonic()
    with pytest.raises(ChildTimedOut, match="reading frames: not done after 3 s, killed"):
        run([sys.executable, "-c", script], deadline=Deadline(60), at_most=3, doing="reading frames")
    while is_running(int(note.read_text())):  # on a busy machine a killed process is there for a moment
        assert time.monotonic() - begun < 30
        time.sleep(0.05)


@pytest.mark.server
def test_a_child_has_no_keys(monkeypatch: pytest.MonkeyPatch):
    """What decodes strangers' files sees no key of ours."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "made-up-key")
    script = "import os,json;print(json.dumps(sorted(os.environ)))"
    names = json.loads(run([sys.executable, "-c", script], deadline=Deadline(60), at_most=60, doing="x"))
    assert "PATH" in names
    assert "ANTHROPIC_API_KEY" not in names


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_no_time_left():
    """Nothing is begun once the video's time is over."""
    with pytest.raises(ChildTimedOut, match="the 0 s that one video may take are over"):
        run(["true"], deadline=Deadline(0), at_most=5, doing="reading frames")


def test_clock():
    """Seconds of the spoken parts put together become seconds of the whole; an end stays before the pause."""
    clock = Clock([Span(1 * RATE, 3 * RATE), Span(10 * RATE, 12 * RATE)])
    assert [clock.start(second) for second in (0, 1.5, 2, 3.5, 99)] == [1.0, 2.5, 10.0, 11.5, 12.0]
    assert [clock.end(second) for second in (0, 1.5, 2, 3.5, 99)] == [1.0, 2.5, 3.0, 11.5, 12.0]


def test_where_words_are():
    """Each word by its first letter and its second; the pause before a word is none of it, and no word goes on over a gap."""
    clock = Clock([Span(1 * RATE, 3 * RATE), Span(10 * RATE, 12 * RATE)])
    told = [(" The", 0.0, 0.2), (" shop", 0.2, 1.8), (" shop", 1.9, 2.25), (" opens.", 2.3, 2.6)]
    # "shop" takes 0.2 + 4 x 0.05 s at most: it begins at 1.4 of the spans, and the second one with its span.
    assert placed("The shop shop opens.", told, clock) == ((0, 1.0), (4, 2.4), (9, 10.0), (14, 10.3))
    assert placed("営業中です", [("営業", 0.0, 0.3), ("中", 0.3, 0.4), ("です", 0.4, 0.6)], clock) == (
        (0, 1.0), (2, 1.3), (3, 1.4),
    )  # fmt: skip
    assert placed("Another text", told, clock) == ()
    # After a comma, or a moment in which nothing is said, what begins 0.4 s before the gap is the first word behind it, and
    # so are those after it; without a pause it is not.
    early = [(" Well,", 0.0, 1.5), (" it", 1.65, 1.7), (" was", 1.7, 2.1)]
    assert placed("Well, it was", early, clock) == ((0, 2.05), (6, 10.0), (9, 10.0))
    early = [(" Well", 0.0, 1.64), (" it", 1.65, 1.7), (" was", 1.75, 2.1)]
    assert placed("Well it was", early, clock) == ((0, 2.24), (5, 2.65), (8, 10.0))


@pytest.mark.parametrize(
    ("compression", "probability", "made_up"), [(2.4, -1, False), (2.41, 0, True), (1, -1.01, True)]
)
def test_made_up(compression: float, probability: float, made_up: bool):
    """Words that repeat themselves, and words that the model does not believe."""
    assert is_made_up(compression, probability) is made_up


def test_weights_that_were_changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Weights that are not the published ones, by their SHA-256, are not used, and not read again for the next video."""
    (tmp_path / "some_weights").mkdir()
    (tmp_path / "some_weights" / "__init__.py").touch()
    (tmp_path / "some_weights" / "model.bin").write_bytes(b"other")
    monkeypatch.syspath_prepend(tmp_path)
    packaged = weights.Packaged({"model.bin": "0" * 64}, {"model.bin": (("some_weights", "model.bin"),)})
    monkeypatch.setitem(weights.PACKAGED, "other", packaged)
    monkeypatch.setattr(weights, "_REFUSED", {})
    with pytest.raises(EngineUnavailable, match=r"not the file that was published.* uninstall -y some-weights; rm"):
        weights.Weights("other 00000000", "other").files()
    (tmp_path / "some_weights" / "model.bin").unlink()  # it is not read again: that would be another error
    with pytest.raises(EngineUnavailable, match="not the file that was published"):
        weights.Weights("other 00000000", "other").files()


def test_weights_of_a_folder(tmp_path: Path):
    """A folder is known by its bytes, so that another model in it is another engine; an incomplete one is refused."""
    with pytest.raises(EngineUnavailable, match=r"model\.bin, config\.json, tokenizer\.json is not there"):
        weights.find_weights(str(tmp_path))
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).write_text(name)
    first = weights.find_weights(str(tmp_path)).name
    weights.find_weights.cache_clear()
    (tmp_path / "model.bin").write_text("model.bix")
    assert weights.find_weights(str(tmp_path)).name != first


@pytest.mark.parametrize("wanted", ["giant", "large-v3"])
def test_weights_that_are_not_here(wanted: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A size that does not exist, and one that nobody fetched, are said; nothing is fetched."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EngineUnavailable, match="WHISPER_MODEL"):
        weights.find_weights(wanted)


SCREEN = ScreenText(
    "done",
    (Line(0.0, 2.0, "拉麺", 0.9, (1, 2, 3, 4)), Line(0.0, 1.0, "x", 0.2, (0, 0, 1, 1), False)),
    3,
    "e",
    ("Han",),
    7,
)
SEGMENTS = (Segment(0.5, 1.5, "¿Qué tal?", ((0, 0.5), (5, 0.92)), 0.81), Segment(2.0, 3.0, "Bien."))
SPEECH = Speech("speech", SEGMENTS, "es", False, 1.2, "e", "a reason")


def test_artefacts_come_back(tmp_path: Path):
    """What is written is read back the same; unreadable boxes are no items."""
    assert read_screen_file(write_screen(tmp_path, SCREEN)) == SCREEN
    text, times = write_speech(tmp_path, SPEECH)
    assert (read_speech_file(times), text.read_text(encoding="utf-8")) == (SPEECH, "¿Qué tal?\nBien.\n")
    assert '{"start": 0.5, "end": 1.5, "text": "¿Qué tal?", "words": [[0, 0.5], [5, 0.92]], "probability": 0.81}' in (
        times.read_text(encoding="utf-8")
    )
    told = json.loads((tmp_path / "ocr.json").read_text(encoding="utf-8"))
    assert (told["items"], told["scenes"], len(told["detail"]), len(told["unreadable"])) == (["拉麺"], 3, 1, 1)


def test_artefacts_of_before_come_back(tmp_path: Path):
    """A transcript that says nothing of single words is read; one without a segment is JSON as well."""
    _, times = write_speech(tmp_path, replace(SPEECH, segments=()))
    assert json.loads(times.read_text(encoding="utf-8"))["segments"] == []
    told = {**json.loads(times.read_text(encoding="utf-8")), "segments": [{"start": 1, "end": 2, "text": "x"}]}
    times.write_text(json.dumps(told), encoding="utf-8")
    assert read_speech_file(times).segments == (Segment(1.0, 2.0, "x"),)


def test_kept_parts(tmp_path: Path):
    """A part is taken again only with the same engine, source and file; a failed, damaged or forgotten one is not."""
    path = tmp_path / "ocr.json"
    path.write_text("{}")
    Kept(tmp_path).save("ocr", "e", "source", "done", [path], found=3)
    kept = Kept(tmp_path)
    assert kept.find("ocr", ["other", "e"], "source").facts == {"found": 3}
    assert kept.find("ocr", ["other"], "source") is None
    assert kept.find("ocr", ["e"], "another source") is None
    path.write_text("{ }")
    assert Kept(tmp_path).find("ocr", ["e"], "source") is None
    Kept(tmp_path).save("ocr", "e", "source", "failed", [path])
    assert Kept(tmp_path).find("ocr", ["e"], "source") is None
    Kept(tmp_path).save("ocr", "e", "source", "done", [path])
    forget(tmp_path)
    assert Kept(tmp_path).find("ocr", ["e"], "source") is None


@pytest.mark.parametrize("content", ["", "[]", "null", '{"schema": 1, "parts": {"ocr": {"x": 1}}}', '{"schema": 1}'])
def test_states_that_are_broken(tmp_path: Path, content: str):
    """A file of states that cannot be read is none: everything is made anew."""
    (tmp_path / "processing.json").write_text(content)
    assert Kept(tmp_path).find("ocr", ["e"], "source") is None


def test_failures_say_what_happened():
    """The message is the failure's own, also after it was packed."""
    packed = pickle.dumps(damaged("no picture could be decoded"))
    assert str(pickle.loads(packed)) == "no picture could be decoded"  # noqa: S301 - made here


def test_a_full_disk_is_not_the_files_fault():
    """What a child says when there is no room left makes the failure the disk's, which is ours; anything else is the file's."""
    said = "writing audio.mp3: Error writing trailer: No space left on device"
    assert [broken(ChildFailed(text)).failure.kind for text in (said, "moov atom not found")] == ["disk", "damaged"]

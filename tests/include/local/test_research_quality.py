"""`make research-quality`: real clips through the real engines."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from include.local import research_quality
from include.sandbox.research import making
from include.sandbox.research.catalogue import named
from include.video_research.processing.options import Options
from include.video_research.quality import Quality, Truth

pytestmark = pytest.mark.server
needs_media = pytest.mark.skipif(
    bool(making.missing_packages()), reason=f"needs {', '.join(making.missing_packages())}"
)


@needs_media
@pytest.mark.thorough
def test_a_reader_is_understood(tmp_path):
    """A human reader's words and the captions come out as they are, with one frame a caption."""
    pytest.importorskip("faster_whisper")
    quality = research_quality.run(tmp_path, ("lines-best",), Options())
    told = replace(quality, cpu_s=0, seconds_off=None, seconds_off_most=None)
    assert told == Quality(0.0, None, 0.0, 1.0, quality.frames_per_caption, 0, 0)
    assert 0 <= (quality.seconds_off or 0) <= (quality.seconds_off_most or 9) < 0.5
    assert 1.0 <= (quality.frames_per_caption or 0) <= 1.5


@needs_media
def test_nothing_is_invented(tmp_path):
    """Of a tone no word is written down."""
    quality = research_quality.run(tmp_path, ("quality-tone",), Options(ocr_engine="none"))
    assert replace(quality, cpu_s=0) == Quality(None, None, None, None, None, 0, 0)


def test_a_truth_has_what_is_drawn():
    """What is judged by is what the clip has on this machine: who speaks, and the captions that have a font."""
    assert research_quality.truth_of("wheel-silent", named("wheel-silent")) == Truth(
        "wheel-silent", "nobody", "", ((0, 6, "5:10 Tama river"),)
    )
    assert research_quality.truth_of("lines-best", named("lines-best")).speaker == "human"
    assert research_quality.truth_of("wheel-puncture", named("wheel-puncture")).speaker == "synthetic"


def test_what_is_printed():
    """The table has a line a figure with what it must reach; JSON has them by their names."""
    quality = Quality(0.0168, 0.4, 0.05, 0.94, None, 1, 20.5, 0.18, 0.4)
    assert research_quality.as_table(quality) == (
        "wer_human             0.0168  ≤ 0.03  yes  words wrong, a human reader\n"
        "wer_synthetic            0.4  ≤ 0.35  NO   words wrong, a synthesiser with street noise\n"
        "cer                     0.05  ≤ 0.05  yes  letters wrong, captions of 46 px\n"
        "captions_found          0.94  ≥ 0.95  NO   captions found\n"
        "frames_per_caption         -  ≤ 1.3   -    frames kept per caption\n"
        "invented_words             1  ≤ 0     NO   words invented on music, tones, noise, silence\n"
        "seconds_off_most         0.4  ≤ 0.5   yes  seconds beside the truth, the worst of all phrases\n"
        "cpu_s                   20.5  seconds of processor time\n"
    )
    assert json.loads(research_quality.as_json(quality)) == {
        "wer_human": 0.0168, "wer_synthetic": 0.4, "cer": 0.05, "captions_found": 0.94, "frames_per_caption": None,
        "invented_words": 1, "cpu_s": 20.5, "seconds_off": 0.18, "seconds_off_most": 0.4,
    }  # fmt: skip


def test_a_wrong_word_is_refused():
    """FORMAT is one of two; another ends the command with a line and status 2."""
    told = subprocess.run(
        [sys.executable, "-m", "include.local.research_quality"],
        env={**os.environ, "FORMAT": "xml"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (told.returncode, told.stdout, told.stderr) == (2, "", "FORMAT is table or json.\n")

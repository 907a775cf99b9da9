"""Figures of quality, counted by hand."""

import pytest

from include.video_research.quality import (
    Quality,
    Truth,
    caption_errors,
    edits,
    letters_of,
    measure,
    seconds_off,
    words_of,
)
from include.video_research.records import Line, Processed, ScreenText, Segment, Speech


def line(t: float, until: float, text: str, *, is_readable: bool = True) -> Line:
    return Line(t, until, text, 0.9, (0, 0, 10, 10), is_readable)


def processed(said: str = "", lines: tuple[Line, ...] = (), frames: int = 0) -> Processed:
    segments = (Segment(0, 1, said),) if said else ()
    speech = Speech("speech" if said else "no_speech", segments, "en", False, 1.0, "an engine")
    return Processed((), frames, ScreenText("done", lines, frames, "an engine"), speech, {}, 1.0, 2.5)


@pytest.mark.parametrize(
    ("wanted", "got", "expected"),
    [
        ("", "", 0),
        ("abc", "abc", 0),
        ("abc", "", 3),
        ("", "abc", 3),
        ("kitten", "sitting", 3),
        (["it", "was", "the", "best"], ["it", "was", "best", "of"], 2),
        ("ab", "ba", 2),
    ],
)
def test_edits(wanted, got, expected):
    """The fewest changes, of letters as of words, in either direction."""
    assert (edits(wanted, got), edits(got, wanted)) == (expected, expected)


def test_seconds_beside_the_truth():
    """By the first two words of each phrase, in their order; one that was not heard so says nothing."""
    truth = Truth("clip", "human", "", (), ((1.0, "It was dark,"), (3.0, "nobody came."), (5.0, "It was late.")))
    segments = (
        Segment(1.1, 3, "It was dark.", ((0, 1.25), (3, 1.5), (7, 2.0))),
        Segment(4, 6, "No-one, it was late", ((0, 4.0), (8, 5.5), (11, 5.7), (15, 5.8))),
    )
    assert seconds_off(truth, segments) == [0.25, 0.5]
    assert seconds_off(truth, (Segment(1.1, 3, "It was dark."),)) == []


def test_words_are_as_they_sound():
    """Case, punctuation and the form of an apostrophe do not count; letters with accents do."""
    assert words_of("It’s — THE best, of times!") == ["it's", "the", "best", "of", "times"]
    assert words_of("río, Straße, ＡＢ") == ["río", "strasse", "ab"]
    assert words_of(" … ") == []


def test_letters_are_without_gaps():
    """Spaces and case do not count in captions; signs do."""
    assert letters_of("Open  9:00 - 21:30") == "open9:00-21:30"


def test_a_caption_is_looked_for_in_its_time():
    """The text most like it counts, of those that were on the screen with it; a text far from its time does not."""
    truth = Truth("clip", "nobody", "", ((0, 3, "Bowl 900 yen"), (3, 6, "Cash only"), (6, 9, "Way in")))
    lines = (line(0, 3, "Bowl 9OO yen"), line(0, 3, "@someone"), line(3.5, 6, "Cash only"), line(0, 3, "Way in"))
    assert caption_errors(truth, lines) == [(2, True), (0, True), (5, False)]


def test_a_wrong_text_costs_no_more_than_none():
    """A caption that was missed is its own letters wrong, whatever else was read."""
    truth = Truth("clip", "nobody", "", ((0, 3, "Hi"),))
    assert caption_errors(truth, ()) == [(2, False)]
    assert caption_errors(truth, (line(0, 3, "something else altogether"),)) == [(2, False)]


def test_what_could_not_be_read_does_not_count():
    """A box below the engine's threshold is no text that was found."""
    truth = Truth("clip", "nobody", "", ((0, 3, "Hi"),))
    assert caption_errors(truth, (line(0, 3, "Hi", is_readable=False),)) == [(2, False)]


def test_all_figures():
    """Words and letters are counted over all clips; frames only of those with captions; words only where nobody speaks."""
    judged = [
        (Truth("a", "human", "one two three four", ((0, 3, "ABCDEFGHIJ"), (3, 6, "KLMNOPQRST"))),
         processed("one too three four", (line(0, 3, "ABCDEFGHIX"),), frames=3)),
        (Truth("b", "human", "five six", ()), processed("five six", frames=7)),
        (Truth("c", "synthetic", "seven eight", ()), processed("")),
        (Truth("d", "nobody", "", ()), processed("Thanks for watching!")),
        (Truth("e", "nobody", "", ()), processed()),
    ]  # fmt: skip
    assert measure(judged) == Quality(
        wer_human=0.1667,
        wer_synthetic=1.0,
        cer=0.55,
        captions_found=0.5,
        frames_per_caption=1.5,
        invented_words=3,
        cpu_s=12.5,
    )


def test_nothing_to_judge_by():
    """Without clips of a kind its figure is not there, rather than perfect."""
    assert measure([]) == Quality(None, None, None, None, None, 0, 0)

"""The command that measures the filters, and the quality it must find."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from plugins.filters import report
from plugins.filters.labels import LabelError, read_labels
from plugins.filters.quality import Quality, wilson

TEXTS = Path(__file__).with_name("labels")


def assert_quality(quality: Quality | None, *, least: float, n: int = 1) -> None:
    """Precision and recall are both at least `least`, over at least `n` samples."""
    assert quality is not None
    assert quality.n >= n
    assert [share for share in (quality.precision, quality.recall) if share is None or share < least] == [], (
        quality.misjudged
    )


def test_the_texts_are_judged_nearly_without_error():
    """Platform and pronoun: precision and recall of at least 0.99 on the project's own labels."""
    own = report.measure(read_labels(report.OWN_SAMPLES))
    assert_quality(own["platform"], least=0.99, n=250)
    assert_quality(own["pronoun"], least=0.99, n=150)


@pytest.mark.thorough
def test_faces_are_judged_nearly_without_error():
    """Face: precision and recall of at least 0.96 on covers made from real photographs."""
    assert_quality(report.measure(report.own_labels())["face"], least=0.96, n=200)


def test_the_shared_labels_are_judged_nearly_without_error(shared):
    """Labels made by others: 0.99 on texts."""
    found = report.measure(read_labels(shared("labels")))
    assert_quality(found["platform"], least=0.99)
    assert_quality(found["pronoun"], least=0.99)


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.thorough), 5])
def test_the_shared_faces_are_judged_nearly_without_error(shared, every):
    """Covers made by others: 0.96."""
    labels = read_labels(shared("faces"))
    assert labels.faces
    assert_quality(report.measure(replace(labels, faces=labels.faces[::every]))["face"], least=0.96)


def write_labels(folder: Path, **files: str) -> Path:
    """A folder with these label files, `profiles="..."` for profiles.tsv; "|" stands for a tab."""
    for name, text in files.items():
        (folder / f"{name}.tsv").write_text(text.replace("|", "\t"), encoding="utf-8")
    return folder


def test_a_folder_of_some_labels_gives_null_for_the_others(tmp_path, capsys):
    """JSON always has the three keys; a layer without labels is null."""
    captions = "caption|refuse|why\nhe ran|yes|\nHello|no|\nhey|yes|wrong on purpose\n"
    assert report.main([str(write_labels(tmp_path, captions=captions))], {"FORMAT": "json"}) == 0
    expected = {
        "platform": None,
        "pronoun": {
            "precision": 1.0,
            "recall": 0.5,
            "n": 3,
            "precision_interval": [0.2065, 1.0],
            "recall_interval": [0.0945, 0.9055],
            "misjudged": 1,
        },
        "face": None,
    }
    assert expected == json.loads(capsys.readouterr().out)


def test_the_table_tells_what_was_misjudged(tmp_path, capsys):
    """People see the numbers and each sample that was judged wrongly, with its label's reason."""
    captions = 'caption|refuse|why\n"he" ran|yes|\nhey|yes|wrong on purpose\n'
    assert report.main([str(write_labels(tmp_path, captions=captions))], {}) == 0
    table = capsys.readouterr().out
    assert "pronoun        2  1.000 [0.207, 1.000]    0.500 [0.095, 0.905]" in table
    assert "  hey: expected refuse, passed [wrong on purpose]" in table


def test_a_folder_may_hold_both_kinds(tmp_path):
    """Subfolders `labels` and `faces` are read too."""
    shutil.copytree(TEXTS, tmp_path / "labels")
    (tmp_path / "faces" / "images").mkdir(parents=True)
    (tmp_path / "faces" / "images" / "a.jpg").write_bytes(b"junk")
    (tmp_path / "faces" / "labels.tsv").write_text("file\tface\na.jpg\tno\n", encoding="utf-8")
    labels = read_labels(tmp_path)
    assert (bool(labels.profiles), bool(labels.captions), bool(labels.faces)) == (True, True, True)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"captions": "caption|refuse|why\nhe|maybe|\n"}, r"captions\.tsv, line 2: refuse must be yes or no"),
        ({"captions": "caption|refuse|why\nhe|yes\n"}, r"captions\.tsv, line 2: 2 cells where the first line has 3"),
        ({"captions": "words|refuse\nhe|yes\n"}, r"captions\.tsv, line 1: no column caption"),
        ({"labels": "file|face\nnone.jpg|yes\n"}, r"labels\.tsv, line 2: no picture 'none\.jpg'"),
        ({"labels": "file|face\n../a.jpg|yes\n"}, r"labels\.tsv, line 2: no picture"),
        ({"captions": "caption|refuse|why\n"}, "hold no labels"),
        ({}, "holds none of"),
    ],
)
def test_unusable_labels_are_named(tmp_path, capsys, files, told):
    """Exit status 2, and the message names file and line."""
    folder = write_labels(tmp_path, **files)
    with pytest.raises(LabelError, match=told):
        read_labels(folder)
    assert report.main([str(folder)], {}) == 2
    assert str(folder) in capsys.readouterr().err


def test_a_missing_folder_is_named(tmp_path, capsys):
    """Exit status 2 and its name."""
    assert report.main([str(tmp_path / "nowhere")], {}) == 2
    assert f"{tmp_path / 'nowhere'}: no such folder\n" == capsys.readouterr().err


def test_an_unknown_format_is_refused(capsys):
    """FORMAT is table or json."""
    assert report.main([], {"FORMAT": "xml"}) == 2
    assert capsys.readouterr().err == "FORMAT is 'xml'; it must be table or json.\n"


def test_a_missing_face_model_is_named(tmp_path, capsys):
    """FACE_MODEL that is no file: exit status 2, no other detector in its place."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.jpg").write_bytes(b"junk")
    write_labels(tmp_path, labels="file|face\na.jpg|no\n")
    assert report.main([str(tmp_path)], {"FACE_MODEL": str(tmp_path / "no.onnx")}) == 2
    assert "no.onnx" in capsys.readouterr().err


def test_shares_without_anything_to_share_are_unknown():
    """No positives found, or none labelled: None, not 0 and not a division error."""
    nothing = Quality(true_negatives=3)
    assert (nothing.n, nothing.precision, nothing.recall, wilson(0, 0)) == (3, None, None, None)


def test_the_interval_is_wilsons():
    """8 of 10: 0.490 to 0.943, as in the tables."""
    assert [round(end, 3) for end in wilson(8, 10) or ()] == [0.490, 0.943]


def test_no_file_is_called_like_a_standard_module():
    """Airflow can register a plugin file under its bare name; a `platform.py` would replace Python's own."""
    stems = {path.stem for path in Path(report.__file__).parent.glob("*.py")}
    assert set() == stems & set(sys.stdlib_module_names)

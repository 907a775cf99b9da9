"""Prints precision and recall of the three layers: `python -m plugins.filters.report [FOLDER]`.

Without a folder the project's own samples are judged. FORMAT=json gives one object with the keys platform, pronoun
and face; a layer without labels is null. FACE_MODEL names another face model. Exit status 2: labels unusable.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from plugins.filters.face_detectors import FaceModelError
from plugins.filters.face_presence import face_judge
from plugins.filters.labels import LabelError, Labels, read_labels
from plugins.filters.quality import Interval, Quality, measure_face, measure_platform, measure_pronoun
from plugins.filters.rules import load_rules

OWN_SAMPLES = Path(__file__).resolve().with_name("samples")  # tests/ has links to them
_LONGEST_LIST = 20
_WIDEST_SAMPLE = 60

Qualities = Mapping[str, Quality | None]


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Runs the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m plugins.filters.report", description="Quality of the filters.")
    parser.add_argument("folder", nargs="?", type=Path, help="labels to judge by (default: the project's own)")
    folder = parser.parse_args(arguments).folder
    style = environ.get("FORMAT", "").strip() or "table"
    if style not in ("table", "json"):
        sys.stderr.write(f"FORMAT is {style!r}; it must be table or json.\n")
        return 2
    try:
        labels = own_labels() if folder is None else read_labels(folder)
        qualities = measure(labels, environ.get("FACE_MODEL", "").strip() or None)
    except (LabelError, FaceModelError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(as_json(qualities) if style == "json" else as_table(qualities))
    return 0


def own_labels() -> Labels:
    """The project's own labelled texts, and covers made from scikit-image's photographs where it is installed."""
    from plugins.filters.face_samples import SamplesUnavailableError, face_samples

    texts = read_labels(OWN_SAMPLES)
    try:
        return replace(texts, faces=face_samples())
    except SamplesUnavailableError as error:
        sys.stderr.write(f"Layer 3 is not measured: {error}\n")
        return texts


def measure(labels: Labels, model_path: str | None = None) -> Qualities:
    """Judges all labels with the shipped rules; None for a layer without labels."""
    rules = load_rules()
    return {
        "platform": measure_platform(rules, labels.profiles) if labels.profiles else None,
        "pronoun": measure_pronoun(rules, labels.captions) if labels.captions else None,
        "face": measure_face(face_judge(model_path), labels.faces) if labels.faces else None,
    }


def as_json(qualities: Qualities) -> str:
    """One line of JSON; shares are 0 to 1, rounded to 4 places."""
    return json.dumps({layer: quality and _numbers(quality) for layer, quality in qualities.items()}) + "\n"


def as_table(qualities: Qualities) -> str:
    """A table for people, then the samples that were misjudged."""
    lines = [f"Rules {load_rules().version}", ""]
    lines.append(f"{'layer':<10}{'n':>6}  {'precision':<24}{'recall':<24}")
    for layer, quality in qualities.items():
        if quality is None:
            lines.append(f"{layer:<10}{'-':>6}  no labels")
            continue
        precision = _with_interval(quality.precision, quality.precision_interval)
        recall = _with_interval(quality.recall, quality.recall_interval)
        lines.append(f"{layer:<10}{quality.n:>6}  {precision:<24}{recall:<24}".rstrip())
    lines.append("In brackets: 95 % Wilson interval. Positive is a refusal; for face, a face.")
    for layer, quality in qualities.items():
        lines += _misjudged(layer, quality) if quality else []
    return "\n".join(lines) + "\n"


def _numbers(quality: Quality) -> dict[str, object]:
    return {
        "precision": _rounded(quality.precision),
        "recall": _rounded(quality.recall),
        "n": quality.n,
        "precision_interval": [_rounded(end) for end in quality.precision_interval or ()] or None,
        "recall_interval": [_rounded(end) for end in quality.recall_interval or ()] or None,
        "misjudged": len(quality.misjudged),
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _with_interval(share: float | None, interval: Interval | None) -> str:
    if share is None or interval is None:
        return "-"
    return f"{share:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def _misjudged(layer: str, quality: Quality) -> list[str]:
    if not quality.misjudged:
        return []
    shown = quality.misjudged[:_LONGEST_LIST]
    lines = ["", f"Misjudged by {layer} ({len(shown)} of {len(quality.misjudged)}):"]
    for one in shown:
        sample = one.sample if len(one.sample) <= _WIDEST_SAMPLE else one.sample[: _WIDEST_SAMPLE - 1] + "…"
        lines.append(f"  {sample}: expected {one.expected}, {one.actual} [{one.why}]")
    return lines


if __name__ == "__main__":
    sys.exit(main())

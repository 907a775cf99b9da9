"""Which rows of the table are asked for, and which benchmarks have to be run for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Chosen = dict[str, frozenset[str]]


def choose(rows: Mapping[str, Sequence[str]], asked: str) -> Chosen:
    """Benchmark -> the rows wanted of it. `rows`: benchmark -> the names of its rows; `asked` may be

    nothing (everything), a benchmark's name (its rows, and no other's: `storing` is without `storing_far`), a row's name
    (that row: `storing_1000` is without `storing_10000`), or the beginning of names.
    """
    if asked in rows:
        return {asked: frozenset(rows[asked])}
    exact = {name: frozenset({asked}) for name, its in rows.items() if asked in its}
    if exact:
        return exact
    begun = {
        name: frozenset(its if name.startswith(asked) else (row for row in its if row.startswith(asked)))
        for name, its in rows.items()
    }
    return {name: its for name, its in begun.items() if its}

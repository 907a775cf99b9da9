"""Reads docker-compose.yaml as Compose does: anchors merged, `${…}` filled in, `$$` turned into `$`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

PATH = Path(__file__).resolve().parents[1] / "docker-compose.yaml"

# What an operator puts into .env: every variable without a default, and nothing else.
ENV = {
    "POSTGRES_PASSWORD": "bundled-password",
    "COMETWATCH_DB_PASSWORD": "it's the pipeline's",
    "COMETWATCH_OWNER_PASSWORD": "it's the owner's",
    "AIRFLOW_FERNET_KEY": "7T512UXSSmBOkpWimFHIVb8jK6lfmSAvx4mO6Arehnc=",
    "AIRFLOW_SECRET_KEY": "page-secret",
    "AIRFLOW_JWT_SECRET": "0123456789abcdef" * 8,
    "AIRFLOW_PASSWORD": 'a "password"',
    "TIKHUB_API_KEY": "made-up-key",
}

_NAME = re.compile(r"[A-Za-z_]\w*")


class MissingVariable(Exception):
    """A `${NAME:?message}` without a value; the text is the message."""


def raw() -> dict[str, Any]:
    """The file as it stands, variables not filled in."""
    return yaml.safe_load(PATH.read_text(encoding="utf-8"))


def filled(env: Mapping[str, str]) -> dict[str, Any]:
    """The file with every variable filled in. Raises MissingVariable."""
    return _fill(raw(), env)


def environment(service: str, env: Mapping[str, str] = ENV) -> dict[str, str]:
    """What a service's processes see, as far as the file says."""
    return dict(filled(env)["services"][service]["environment"])


def fill(text: str, env: Mapping[str, str]) -> str:
    """One text with `${A}`, `${A:-default}`, `${A:?message}`, nested ones and `$$` filled in."""
    filled_text, rest = "", text
    while "$" in rest:
        before, _, rest = rest.partition("$")
        filled_text += before
        if rest.startswith("$"):
            filled_text, rest = filled_text + "$", rest[1:]
        elif rest.startswith("{"):
            inside, rest = _braced(rest)
            filled_text += _value(inside, env)
        else:
            raise ValueError(f"a lone $ before {rest[:20]!r}: write $$ or ${{NAME}}")
    return filled_text + rest


def _fill(node: Any, env: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _fill(value, env) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill(value, env) for value in node]
    return fill(node, env) if isinstance(node, str) else node


def _braced(text: str) -> tuple[str, str]:
    """`{A:-${B}}rest` -> (`A:-${B}`, `rest`)."""
    depth = 0
    for position, letter in enumerate(text):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth == 0:
            return text[1:position], text[position + 1 :]
    raise ValueError(f"no closing brace in {text[:40]!r}")


def _value(inside: str, env: Mapping[str, str]) -> str:
    match = _NAME.match(inside)
    if match is None:
        raise ValueError(f"no variable name in {inside!r}")
    name, rest = match[0], inside[match.end() :]
    if rest.startswith(":+"):
        return fill(rest[2:], env) if env.get(name) else ""
    if env.get(name):
        return env[name]
    if rest.startswith(":-"):
        return fill(rest[2:], env)
    if rest.startswith(":?"):
        raise MissingVariable(rest[2:])
    raise ValueError(f"${{{inside}}} has neither a default nor a message")

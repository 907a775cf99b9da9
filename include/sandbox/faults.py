"""Scripted faults: which requests they strike, how often, and what they do to an answer before it is sent."""

import json
from dataclasses import dataclass, field
from typing import Any

from include.sandbox.dice import Dice
from include.sandbox.endpoints import NAMES

KINDS = frozenset(
    [
        "status",
        "drip",
        "hang",
        "truncate",
        "oversize",
        "gzip_bomb",
        "html",
        "other_user",
        "field",
        "reset",
        "slow",
        "wrong_length",
        "empty",
    ]
)
MISSING = {"missing": True}  # as a field fault's value: take the field away

_MATCH_KEYS = frozenset({"endpoint", "subject_contains", "user_id", "nth", "every"})
_RULE_KEYS = frozenset({"match", "times", "probability", "seed", "action"})
_PLACEHOLDER = "\ue000literal\ue000"


class BadRuleError(ValueError):
    """A rule the control API refuses; the message says which part and why."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a rule can match of a request."""

    endpoint: str
    subject: str
    user_id: str | None


@dataclass(slots=True)
class Rule:
    """One scripted fault with its counters: `seen` requests it matched, `fired` times it struck."""

    match: dict[str, Any]
    action: dict[str, Any]
    times: int | None
    probability: float
    seed: int
    seen: int = 0
    fired: int = 0

    def strikes(self, target: Target) -> bool:
        """Whether this request is struck; counts it when it matches."""
        if not self._matches(target):
            return False
        self.seen += 1
        is_its_turn = self.match.get("nth", self.seen) == self.seen and self.seen % self.match.get("every", 1) == 0
        has_times_left = self.times is None or self.fired < self.times
        is_drawn = self.probability >= 1 or Dice("fault", self.seed, self.seen).chance(self.probability)
        strikes = is_its_turn and has_times_left and is_drawn
        self.fired += strikes
        return strikes

    def _matches(self, target: Target) -> bool:
        match = self.match
        return (
            match.get("endpoint", target.endpoint) == target.endpoint
            and match.get("subject_contains", "") in target.subject
            and str(match.get("user_id", target.user_id)) == str(target.user_id)
        )


@dataclass(slots=True)
class Faults:
    """The rules in force, in order; of several that strike the same request the first acts."""

    rules: list[Rule] = field(default_factory=list)

    def add(self, rules: object) -> None:
        """Add rules in the control API's JSON: one, or a list. Raises BadRuleError, and then adds none."""
        listed = rules if isinstance(rules, list) else [rules]
        self.rules.extend([parse_rule(rule) for rule in listed])

    def clear(self) -> None:
        """Forget all rules."""
        self.rules.clear()

    def strike(self, target: Target) -> dict[str, Any] | None:
        """The action for this request, or None: that of the first rule that strikes."""
        for rule in self.rules:
            if rule.strikes(target):
                return rule.action
        return None

    def described(self) -> list[dict[str, Any]]:
        """The rules with their counters, for the control API."""
        return [
            {
                "match": rule.match,
                "action": rule.action,
                "times": rule.times,
                "probability": rule.probability,
                "seen": rule.seen,
                "fired": rule.fired,
            }
            for rule in self.rules
        ]


def parse_rule(given: object) -> Rule:
    """A rule from the control API's JSON; an unknown key is an error, not a rule that never strikes."""
    if not isinstance(given, dict) or not isinstance(given.get("action"), dict):
        raise BadRuleError('a rule is an object with an "action" object')
    match, action = given.get("match") or {}, given["action"]
    for unknown in [key for key in given if key not in _RULE_KEYS] + [key for key in match if key not in _MATCH_KEYS]:
        raise BadRuleError(f"unknown key {unknown!r}; a rule has {sorted(_RULE_KEYS)}, its match {sorted(_MATCH_KEYS)}")
    if action.get("kind") not in KINDS:
        raise BadRuleError(f"unknown kind {action.get('kind')!r}; known: {', '.join(sorted(KINDS))}")
    if match.get("endpoint", "image") not in NAMES:
        raise BadRuleError(f"unknown endpoint {match['endpoint']!r}; known: {', '.join(sorted(NAMES))}")
    if action["kind"] == "field" and not (
        action.get("path") and ("value" in action or "literal" in action or action.get("missing"))
    ):
        raise BadRuleError('a field fault has a "path" and one of "value", "literal", "missing": true')
    for name in ("nth", "every"):
        if name in match and not (isinstance(match[name], int) and match[name] > 0):
            raise BadRuleError(f'"{name}" is a whole number above 0')
    if action["kind"] == "status" and not isinstance(action.get("status"), int):
        raise BadRuleError('a status fault has an integer "status"')
    times = given.get("times", 1)
    if times is not None and not isinstance(times, int):
        raise BadRuleError('"times" is an integer, or null for always')
    return Rule(match, action, times, float(given.get("probability", 1)), int(given.get("seed", 0)))


def to_json(value: object, literal: str | None = None) -> bytes:
    """JSON as the vendor writes it: UTF-8, no spaces, lone surrogates escaped; `literal` goes in unquoted."""
    try:
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        body = json.dumps(value, separators=(",", ":")).encode()
    if literal is not None:
        for written in (json.dumps(_PLACEHOLDER), json.dumps(_PLACEHOLDER, ensure_ascii=False)):
            body = body.replace(written.encode(), literal.encode("utf-8", "surrogatepass"))
    return body


def with_field_changed(envelope: dict[str, Any], action: dict[str, Any]) -> bytes:
    """The envelope as JSON with one field changed.

    The path is dotted, a number is a place in a list, and `*` stands for all of them. `value` is any JSON
    value, `literal` is put in as it stands (so it need not be JSON), `missing` takes the field away.
    """
    value = _PLACEHOLDER if "literal" in action else action.get("value")
    changed = json.loads(json.dumps(envelope))
    _change(changed, str(action["path"]).split("."), value, remove=bool(action.get("missing")) or value == MISSING)
    return to_json(changed, action.get("literal"))


def _change(node: Any, path: list[str], value: object, *, remove: bool) -> None:
    step, rest = path[0], path[1:]
    keys: list[Any]
    if isinstance(node, list):
        keys = (
            list(range(len(node))) if step == "*" else [int(step)] if step.isdecimal() and int(step) < len(node) else []
        )
    elif isinstance(node, dict):
        keys = list(node) if step == "*" else [step]
    else:
        return
    for key in reversed(keys):
        if rest:
            if isinstance(node, list) or key in node:
                _change(node[key], rest, value, remove=remove)
        elif remove:
            if isinstance(node, list) or key in node:
                del node[key]
        else:
            node[key] = value

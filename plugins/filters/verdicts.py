"""What a text layer answers when it refuses somebody."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A layer's "no": which layer, on which field, and the offending text as it stands in that field."""

    layer: str
    field: str
    matched_text: str

"""What Claude is asked, what it answers, and how the question gets to whoever has the key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Protocol

from include.video_research.worker import ask

ENDPOINT = "claude/messages"
SIDE = 960  # pixels of the longer side of a picture that is sent: tokens go by the area
REVISION = "r1"  # of the wording: another one is another engine


@dataclass(frozen=True, slots=True)
class Question:
    """One request: pictures of one video, as JPEG. `subject` is the same for the same question, and begins with the video."""

    video_id: str
    model: str
    pictures: tuple[bytes, ...] = field(repr=False)

    @property
    def subject(self) -> str:
        told = hashlib.sha256(f"{self.model} {REVISION}".encode())
        for picture in self.pictures:
            told.update(hashlib.sha256(picture).digest())
        return f"{self.video_id}/{told.hexdigest()[:32]}"

    @property
    def tokens_at_least(self) -> int:
        """What it will cost, roughly, before it is asked: a picture is its area by 750."""
        return len(self.pictures) * (SIDE * SIDE * 9 // 16 // 750 + 10) + 200


@dataclass(frozen=True, slots=True)
class Answer:
    """The text of the answer, and what it cost; `was_paid` before: from the ledger."""

    text: str
    tokens_in: int
    tokens_out: int
    was_paid: bool = False

    @property
    def tokens(self) -> int:
        return 0 if self.was_paid else self.tokens_in + self.tokens_out


class Ask(Protocol):
    """Raises EngineFailed (another try may do better, or the budget is spent) and EngineUnavailable (a person has to act)."""

    def __call__(self, question: Question) -> Answer: ...


def ask_starter(question: Question) -> Answer:
    """An `Ask` for a process that has no key: the one that started it answers."""
    answer: Answer = ask(question)
    return answer

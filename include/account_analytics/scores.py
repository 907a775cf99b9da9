"""The five scores of an account's numbers, and what each of them says: the page and the workbook show these words."""

from __future__ import annotations

SCORES = ("completeness", "consistency", "validity", "freshness", "accuracy")
DEFINITIONS = {
    "completeness": "Numbers that are there ÷ numbers that should be: views, profile views, likes, comments and shares of every "
    "day from the first with data to the last, and viewers and followers where such a report was ever given. Days that no "
    "download covers count as missing; days before the account had data do not count.",
    "consistency": "1 − numbers that contradict an earlier one ÷ numbers told: settled numbers that a newer download revised, "
    "and videos whose lifetime views fell, among all settled numbers and all videos seen twice.",
    "validity": "1 − rows that break a rule of plausible values ÷ rows asked. An error counts as a whole row, a warning as a "
    "quarter; what is unusual but seen in genuine files is flagged and counts nothing.",
    "freshness": "1 up to 3 days after the last day that was counted to its end, then a thirtieth less each day.",
    "accuracy": "1 − rows whose cross-checks fail ÷ rows that can be checked: viewers = new + returning, net = new − lost "
    "followers, breakdowns sum to 1, and the videos of a period never have more views than the account. A day that the API and "
    "an export both know to its end, and of which they say different numbers, counts as a quarter.",
}

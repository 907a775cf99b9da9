"""From an endpoint's parameters to its `data`: which creator an id means, and which answer is asked for."""

from collections.abc import Callable
from typing import Any

from include.sandbox.answers import Answers, Json, Missing, Moment
from include.sandbox.world import World

# Accepted, and without effect in this world.
_UNUSED = frozenset({"region", "user_search_profile_type", "user_search_other_pref"})


class Lookups:
    """Answers by endpoint name. `values` are the endpoint's typed parameters."""

    def __init__(self, world: World, answers: Answers) -> None:
        self._world = world
        self._answers = answers

    def data(
        self, name: str, values: dict[str, Any], moment: Moment, stand_in: dict[str, Any] | None
    ) -> Json | Missing:
        """The `data` of an answer. `stand_in`: an other_user fault's action, whose profile to give."""
        answers = self._answers
        if name == "user_profile":
            return self._profile(values, moment, stand_in)
        if name == "user_videos":
            count = max(1, min(values["count"], 30))
            index = self.find(values, moment.day)
            return answers.user_videos(moment, index=index, max_cursor=values["max_cursor"], count=count)
        if name == "similar_users":
            return answers.similar_users(moment, index=self.find({"sec_user_id": values["sec_uid"]}, moment.day))
        makers: dict[str, Callable[..., Json]] = {
            "trending_words": answers.trending_words,
            "video_search": answers.video_search,
            "hashtag_search": answers.hashtag_search,
            "hashtag_videos": answers.hashtag_videos,
            "user_search": answers.user_search,
            "trending_hashtags": answers.trending_hashtags,
        }
        return makers[name](moment, **{key: value for key, value in values.items() if key not in _UNUSED})

    def find(self, values: dict[str, Any], day: int) -> int | None:
        """The creator the ids mean, in the vendor's order; None when nobody has the first id given."""
        if values.get("sec_user_id"):
            return self._world.find_by_sec_user_id(values["sec_user_id"])
        if values.get("user_id"):
            return self._world.find_by_user_id(values["user_id"])
        return self._world.find_by_handle(values.get("unique_id", ""), day)

    def _profile(self, values: dict[str, Any], moment: Moment, stand_in: dict[str, Any] | None) -> Json | Missing:
        if not any(values.values()):
            return Missing(400, "One of user_id, sec_user_id and unique_id is required.")
        index = self.find(values, moment.day)
        if index is not None and self._refuses(index, values):
            return Missing(400, "Request failed. Please retry; this request will not be charged.")
        if stand_in is not None:
            wanted = self._world.find_by_user_id(str(stand_in.get("user_id", "")))
            index = wanted if wanted is not None else self._next_active(index or 0, moment.day)
        return self._answers.user_profile(moment, index)

    def _refuses(self, index: int, values: dict[str, Any]) -> bool:
        """Whether the look-up by the id that decides always fails for this creator."""
        persona = self._world.persona(index)
        if values.get("sec_user_id"):
            return persona.refuses_sec_user_id
        return bool(values.get("user_id")) and persona.refuses_user_id

    def _next_active(self, index: int, day: int) -> int:
        after = ((index + step) % self._world.creators for step in range(1, self._world.creators))
        return next((other for other in after if self._world.creator(other, day).status == "active"), index)

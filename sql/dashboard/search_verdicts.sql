-- Screened videos, newest day first, one row each, from after the last one seen, in the order of the primary key; a parameter
-- that is null narrows nothing. Parameters: handle text (pattern), user_id text, video_id text, layer text, field text,
-- since date, until date, only_uncertain bool, only_unseen bool, before_day date, before_keyword text, before_video text,
-- most int.
select
    verdicts.day,
    verdicts.keyword,
    verdicts.video_id,
    verdicts.user_id,
    verdicts.handle,
    verdicts.layer,
    verdicts.field,
    verdicts.matched_text,
    verdicts.measured,
    verdicts.threshold,
    verdicts.is_uncertain,
    verdicts.detector,
    verdicts.score,
    verdicts.followers_from,
    verdicts.rules_version,
    verdicts.run_id,
    verdicts.screened_at,
    exists(select from creators where creators.user_id = verdicts.user_id) as is_on_roster,
    exists(
        select from overrules
        where overrules.user_id = verdicts.user_id and overrules.withdrawn_at is null
    ) as is_overruled,
    exists(
        select from verdict_agreements as agreed
        where agreed.user_id = verdicts.user_id and agreed.video_id = verdicts.video_id and agreed.layer = verdicts.layer
    ) as is_agreed
from verdicts
where
    (%(handle)s::text is null or lower(verdicts.handle collate ucs_basic) like lower(%(handle)s::text collate ucs_basic))
    and (%(video_id)s::text is null or verdicts.video_id = %(video_id)s::text)
    and (%(user_id)s::text is null or verdicts.user_id = %(user_id)s::text)
    and (%(layer)s::text is null or verdicts.layer = %(layer)s::text)
    and (%(field)s::text is null or verdicts.field = %(field)s::text)
    and (%(since)s::date is null or verdicts.day >= %(since)s::date)
    and (%(until)s::date is null or verdicts.day <= %(until)s::date)
    and (not %(only_uncertain)s::boolean or verdicts.is_uncertain)
    and (
        not %(only_unseen)s::boolean
        or not (
            exists(
                select from overrules as said
                where said.user_id = verdicts.user_id and said.withdrawn_at is null
            )
            or exists(
                select from verdict_agreements as agreed
                where
                    agreed.user_id = verdicts.user_id
                    and agreed.video_id = verdicts.video_id
                    and agreed.layer = verdicts.layer
            )
        )
    )
    and (
        %(before_day)s::date is null
        or (verdicts.day, verdicts.keyword, verdicts.video_id)
        < (%(before_day)s::date, %(before_keyword)s::text, %(before_video)s::text)
    )
order by verdicts.day desc, verdicts.keyword desc, verdicts.video_id desc
limit %(most)s::integer;

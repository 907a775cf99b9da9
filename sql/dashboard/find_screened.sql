-- Who was screened under a handle and is not on the roster: the latest verdict of each, first those whose handle it is, then
-- those whose handle begins with it; one row per person. Of the latter 500 verdicts are looked at. Parameters: exact text,
-- prefix text (a pattern of LIKE), most int.
with
found as (
    (
        select by_handle.*
        from verdicts as by_handle
        where lower(by_handle.handle collate ucs_basic) = lower(%(exact)s::text collate ucs_basic)
        order by by_handle.day desc
        limit 500
    )
    union all
    (
        select by_beginning.*
        from verdicts as by_beginning
        where lower(by_beginning.handle collate ucs_basic) like lower(%(prefix)s::text collate ucs_basic)
        limit 500
    )
),

latest as (
    select distinct on (found.user_id)
        found.*,
        lower(found.handle collate ucs_basic) = lower(%(exact)s::text collate ucs_basic) as is_exact
    from found
    where not exists (select from creators where creators.user_id = found.user_id)
    order by found.user_id, found.day desc, found.screened_at desc, found.keyword, found.video_id
)

select
    latest.user_id,
    latest.handle,
    latest.day,
    latest.keyword,
    latest.video_id,
    latest.layer,
    latest.field,
    latest.is_exact
from latest
where latest.layer <> 'accepted'
order by latest.is_exact desc, latest.handle, latest.user_id
limit %(most)s::integer;

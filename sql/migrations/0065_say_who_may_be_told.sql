-- What may be told of an event is said once, for the page and for what is sent; a saved search is watched further than before;
-- and whether there is anybody under a hashtag is asked of the index, however often a session asks.

create view alerts_tellable as
select
    told.alert_id,
    told.user_id,
    told.kind,
    told.day,
    told.value,
    told.bar,
    told.follower_count,
    told.over_on,
    told.mailed_at,
    told.posted_at,
    wishes.reader,
    wishes.watched,
    wishes.status,
    wishes.is_paused,
    saved.name as search_name,
    creators.handle,
    coalesce(standings.looks_bought, false) as looks_bought
from alerts_told as told
inner join alert_wishes as wishes on told.wish_id = wishes.wish_id
inner join creators on told.user_id = creators.user_id
left join standings on told.user_id = standings.user_id
left join saved_searches as saved
    on wishes.search_id = saved.search_id and (saved.owner = wishes.reader or saved.is_shared)
where
    not told.is_known
    and (wishes.watched <> 'search' or saved.search_id is not null)
    and told.user_id in (select allowed.user_id from may_be_told(array[told.user_id]) as allowed (user_id));
comment on view alerts_tellable is
'One row per event of alerts_told that its reader may still be told of: nobody of whom nobody may be told any more, nothing '
'of a saved search that is gone or shared no more';

alter table alert_wishes add column reach integer not null default 200 check (reach > 0);
comment on column alert_wishes.reach is
'How many of a saved search are watched, from its beginning. Where the bound was raised since, those beyond it are noted as '
'known first: they are no newcomers';

-- Whether anybody is known under a hashtag and has another one for a niche: the two are looked up in whole.
create function is_under_both(hashtag text, niche text) returns boolean
language sql stable parallel safe
set enable_seqscan = off
set gin_fuzzy_search_limit = 0
as $$
    select exists (
        select from creator_video_facts as facts
        where
            facts.hashtags @> array[fold_case(is_under_both.hashtag)]
            and facts.niches @> array[fold_case(is_under_both.niche)]
    )
$$;

-- Whether anybody is known under a hashtag, or has it for a niche. By the index: of what is not there the planner expects some,
-- and would read everybody to find the first. Of what a fifth of all have, some thousands of the index are enough to say so.
create or replace function is_under(hashtag text, niche text) returns boolean
language sql stable parallel safe
set enable_seqscan = off
set gin_fuzzy_search_limit = 5000
as $$
    select case
        when is_under.niche is null then exists (
            select from creator_video_facts as facts where facts.hashtags @> array[fold_case(is_under.hashtag)]
        )
        when is_under.hashtag is null then exists (
            select from creator_video_facts as facts where facts.niches @> array[fold_case(is_under.niche)]
        )
        else is_under_both(is_under.hashtag, is_under.niche)
    end
$$;

do $$
declare
    role_name text;
begin
    revoke execute on function is_under_both(text, text) from public;
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table alerts_tellable from %I', role_name);
        execute format('revoke execute on function is_under_both(text, text) from %I', role_name);
    end loop;
end $$;

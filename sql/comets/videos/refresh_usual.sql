-- Makes usual_plays what the videos of all creators say now; one row out per size that is new or changed. Parameters: least int
-- (videos of a creator that say something).
with
measured as (
    select
        size_of(creators.last_follower_count) as size,
        plays_by_followers(figures.median_plays, creators.last_follower_count) as plays_per_follower
    from creator_video_figures as figures
    inner join creators on figures.user_id = creators.user_id
    where figures.videos >= %(least)s::integer and creators.last_follower_count > 0
),

usual as (
    select
        measured.size,
        count(*) as creators,
        round((percentile_cont(0.5) within group (order by measured.plays_per_follower))::numeric, 4) as plays_per_follower
    from measured
    group by measured.size
),

gone as (
    delete from usual_plays as kept
    where not exists (select from usual where usual.size = kept.size)
)

insert into usual_plays as kept (size, creators, plays_per_follower)
select
    usual.size,
    usual.creators,
    usual.plays_per_follower
from usual
order by usual.size
on conflict (size) do update
    set
        creators = excluded.creators,
        plays_per_follower = excluded.plays_per_follower
    where (kept.creators, kept.plays_per_follower) is distinct from (excluded.creators, excluded.plays_per_follower)
returning kept.size;

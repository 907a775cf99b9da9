-- Makes usual_hearts what the creators of now say, of 20,000 or more one of so many; one row out per size that is new or changed.
-- Parameters: latest_day date.
with
grown as (
    select
        size_of(stretches.followers) as size,
        stretches.hearts::numeric / stretches.gained as hearts_per_follower
    from growth_stretches(
        %(latest_day)s::date, 0, (select greatest(1, count(*) / 20000)::integer from creators), null
    ) as stretches
    where stretches.followers > 0 and stretches.gained >= 100 and stretches.gained >= 0.03 * stretches.followers
),

usual as (
    select
        coalesce(grown.size, -1) as size,
        count(*) as creators,
        round((percentile_cont(0.5) within group (order by grown.hearts_per_follower))::numeric, 4) as hearts_per_follower
    from grown
    group by grouping sets ((grown.size), ())
    having count(*) > 0
),

gone as (
    delete from usual_hearts as kept
    where not exists (select from usual where usual.size = kept.size)
)

insert into usual_hearts as kept (size, creators, hearts_per_follower)
select
    usual.size,
    usual.creators,
    usual.hearts_per_follower
from usual
order by usual.size
on conflict (size) do update
    set
        creators = excluded.creators,
        hearts_per_follower = excluded.hearts_per_follower
    where (kept.creators, kept.hearts_per_follower) is distinct from (excluded.creators, excluded.hearts_per_follower)
returning kept.size;

-- Drops copies of pictures that are past their time, or were fetched before a day; at most so many, a row for each. Parameters:
-- before date, most int.
with
overdue as (
    select
        pictures.user_id,
        pictures.video_id
    from pictures
    where pictures.expires_at <= now() or pictures.fetched_at < %(before)s::date::timestamp at time zone 'UTC'
    order by pictures.user_id, pictures.video_id
    limit %(most)s::integer
    for update skip locked
)

delete from pictures
using overdue
where pictures.user_id = overdue.user_id and pictures.video_id = overdue.video_id
returning pictures.picture_id;

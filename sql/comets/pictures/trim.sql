-- Drops copies of pictures until those that are left have so many bytes together; a row for each. First go covers of who is not
-- on the roster, then the roster's covers, avatars last; of each the oldest first. Parameters: most_bytes bigint.
with
placed as (
    select
        pictures.user_id,
        pictures.video_id,
        sum(pictures.bytes) over (
            order by
                pictures.video_id = '' desc,
                exists (select from creators where creators.user_id = pictures.user_id) desc,
                pictures.fetched_at desc,
                pictures.user_id,
                pictures.video_id
        ) as bytes_so_far
    from pictures
    where (select sum(all_pictures.bytes) from pictures as all_pictures) > %(most_bytes)s::bigint
)

delete from pictures
using placed
where
    pictures.user_id = placed.user_id
    and pictures.video_id = placed.video_id
    and placed.bytes_so_far > %(most_bytes)s::bigint
returning pictures.picture_id;

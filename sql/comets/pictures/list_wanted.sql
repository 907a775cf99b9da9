-- Pictures to be fetched whose addresses were given in the last hours: avatars and covers by turns, the most important first; one
-- row each, `video_id` empty for an avatar. Not those that are kept for a while yet, or were refused lately, and in a day not
-- more than `most` altogether; covers that layer 3 looked at are not counted. Parameters: moment timestamptz or null (now),
-- hours int (for which an address is good), renew_days int (before the end of a copy), most int.
with
asked as (
    select
        coalesce(%(moment)s::timestamptz, now()) - make_interval(hours => %(hours)s::integer) as since,
        now() + make_interval(days => %(renew_days)s::integer) as until
),

avatars as (
    select
        creators.user_id,
        '' as video_id,
        creators.avatar_url as url,
        row_number() over (
            order by
                exists (select from shortlist_stars as stars where stars.user_id = creators.user_id) desc,
                standings.score desc nulls last,
                creators.user_id
        ) as place
    from creators
    cross join asked
    left join standings on creators.user_id = standings.user_id
    where
        creators.avatar_url is not null
        and creators.last_updated_at >= asked.since
        and not exists (
            select from pictures
            where
                pictures.user_id = creators.user_id
                and pictures.video_id = ''
                and pictures.expires_at > asked.until
        )
),

covers as (
    select
        videos.user_id,
        videos.video_id,
        videos.cover_url as url,
        row_number() over (
            order by
                exists (select from shortlist_stars as stars where stars.user_id = videos.user_id) desc,
                standings.score desc nulls last,
                videos.plays desc,
                videos.user_id,
                videos.video_id
        ) as place
    from creator_videos as videos
    cross join asked
    left join standings on videos.user_id = standings.user_id
    where
        videos.cover_url is not null
        and videos.seen_at >= asked.since
        and not exists (
            select from pictures
            where
                pictures.user_id = videos.user_id
                and pictures.video_id = videos.video_id
                -- With the copy that layer 3 looked at the box would go: it stays to its end.
                and pictures.expires_at > case when pictures.detector is null then asked.until else now() end
        )
),

fetched as (
    select count(*) as pictures
    from pictures
    where
        pictures.fetched_at >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'
        and pictures.detector is null
)

select
    wanted.user_id,
    wanted.video_id,
    wanted.url
from (
    select avatars.* from avatars
    union all
    select covers.* from covers
) as wanted
order by wanted.place, wanted.video_id, wanted.user_id
limit (select greatest(0, %(most)s::integer - fetched.pictures) from fetched);

-- Hashtags that a creator puts under two videos or more, the most frequent first, less those that everybody uses; one row per
-- hashtag, with the videos of which hashtags are known. Parameters: user_id text, most int.
with tagged as (
    select
        tags.tag,
        lower(tags.tag collate ucs_basic) as lower_tag,
        videos.video_id
    from creator_videos as videos
    cross join lateral unnest(videos.hashtags) as tags (tag)
    where videos.user_id = %(user_id)s::text
)

select
    min(tagged.tag) as hashtag,
    count(distinct tagged.video_id) as videos,
    (
        select count(*)
        from creator_videos as known
        where known.user_id = %(user_id)s::text and known.hashtags is not null
    ) as of_videos
from tagged
where not is_usual_hashtag(tagged.lower_tag)
group by tagged.lower_tag
having count(distinct tagged.video_id) >= 2
order by videos desc, tagged.lower_tag
limit %(most)s::integer;

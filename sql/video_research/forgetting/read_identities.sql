-- What else is known of a person by their videos; one row per spelling. Parameters: user_id text.
select distinct
    videos.author_sec_uid as sec_user_id,
    array[ltrim(videos.author, '@'), handle_in(videos.url)] as handles
from videos
where videos.author_uid = %(user_id)s::text
union
select
    research_hits.author_sec_uid as sec_user_id,
    array[ltrim(research_hits.handle, '@'), handle_in(research_hits.url)] as handles
from research_hits
where research_hits.author_uid = %(user_id)s::text
order by 1, 2;

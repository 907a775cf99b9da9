-- Videos whose views of a day were several times those of the day before, lately; one row each, the largest first.
-- Parameters: since date, most int.
select
    viral.account,
    viral.video_id,
    viral.day,
    viral.views,
    viral.views_of_day,
    viral.growth
from viral_content as viral
where viral.day >= %(since)s::date
order by viral.views_of_day desc, viral.account, viral.video_id
limit %(most)s::int;

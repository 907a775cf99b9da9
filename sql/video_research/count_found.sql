-- One row: the videos that all queries found, each counted once, as the page Research counts them. No parameters.
select count(*) as videos
from research_videos;

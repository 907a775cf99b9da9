-- One row: how much the library holds. No parameters.
select
    (select count(*) from videos) as videos,
    (select count(*) from video_passages) as passages;

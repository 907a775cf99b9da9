-- One row: what downloading and reading these videos would take, by what earlier ones took; where none are known, by 30 s and
-- 4 MB a video. Parameters: video_ids text[].
select
    count(*) as videos,
    coalesce(sum(coalesce(rest.duration_s, usual.duration_s, 30)), 0)::double precision as seconds,
    coalesce(
        sum(coalesce(rest.duration_s, usual.duration_s, 30) * coalesce(usual.bytes_per_second, 130000)), 0
    )::double precision as bytes
from (
    select distinct on (hits.video_id)
        hits.video_id,
        hits.duration_s
    from research_hits as hits
    where hits.video_id = any(%(video_ids)s::text [])
    order by hits.video_id, hits.duration_s nulls last
) as rest
cross join (
    select
        avg(known.duration_s) as duration_s,
        sum(known.size_bytes) / nullif(sum(known.duration_s), 0) as bytes_per_second
    from research_videos as known
    where known.size_bytes is not null and known.duration_s > 0
) as usual;

-- What the filters had measured when a person overruled them: the verdict's own row is written anew when the video is judged
-- again, by that person's word and without a look at its cover.

alter table overrules add column face_percent double precision;
comment on column overrules.face_percent is
'How much of the cover the largest face filled when the verdict was overruled, in percent; NULL where no cover was looked at';

update overrules
set face_percent = (
    select verdicts.measured
    from verdicts
    where
        verdicts.video_id = overrules.video_id
        and verdicts.detector is not null
        and verdicts.measured is not null
    order by verdicts.day desc, verdicts.keyword
    limit 1
);

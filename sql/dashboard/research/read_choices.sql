-- What the library can be narrowed to: languages and speech states with how many videos have them. No parameters.
select
    'language' as kind,
    kept.language as choice,
    count(*) as videos
from videos as kept
where kept.language is not null
group by kept.language
union all
select
    'state' as kind,
    kept.speech_state as choice,
    count(*) as videos
from videos as kept
where kept.speech_state is not null
group by kept.speech_state
order by kind, videos desc, choice;

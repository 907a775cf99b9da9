-- The layer consistency: who passed all others may be refused by their latest videos. Old verdicts keep their meaning.

-- Behind the face comes consistency, before accepted: numbers of before keep their order among themselves. All in one statement,
-- so that the table is written anew once.
alter table verdicts
    drop column precedence,
    drop constraint verdicts_layer_check,
    add constraint verdicts_layer_check
        check (layer in ('platform', 'pronoun', 'criteria', 'face', 'consistency', 'undetermined', 'accepted')),
    add column face_percent numeric,
    add column precedence smallint generated always as (
        case layer
            when 'accepted' then 9
            when 'consistency' then 8
            when 'face' then 7
            when 'criteria' then 5
            when 'pronoun' then 4
            when 'platform' then case when field = 'bio' then 6 else 3 end
            else case when field = 'profile' then 1 else 2 end
        end
    ) stored;
comment on column verdicts.precedence is
'Of several verdicts of a video on a day the highest counts: accepted, else the refusal that came furthest, else undetermined';
comment on column verdicts.face_percent is
'Of a verdict of the layer consistency: how much of the accepted cover the face filled; elsewhere that is in measured';
create index verdicts_day_video on verdicts (day, video_id, precedence);

alter table overrules
    drop constraint overrules_layer_check,
    add constraint overrules_layer_check check (layer in ('platform', 'pronoun', 'face', 'criteria', 'consistency'));

alter table verdict_agreements
    drop constraint verdict_agreements_layer_check,
    add constraint verdict_agreements_layer_check
        check (layer in ('platform', 'pronoun', 'criteria', 'face', 'consistency')),
    drop constraint verdict_agreements_chosen_reason_check,
    add constraint verdict_agreements_chosen_reason_check check (
        chosen_reason in (
            'repost', 'elsewhere', 'seller', 'other person', 'no face', 'out of range', 'one hit', 'silent', 'other'
        )
    );

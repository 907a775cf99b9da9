-- Of the refusals that people looked at, how many they hold for right; one row per layer. A creator who is let pass at a layer is
-- one wrong refusal there, whatever others said before; a video that several people agree about is one.
with
wrong as (
    select distinct
        overrules.layer,
        overrules.user_id
    from overrules
    where overrules.expected = 'pass' and overrules.withdrawn_at is null
),

rightly as (
    select distinct
        agreed.layer,
        agreed.user_id,
        agreed.video_id
    from verdict_agreements as agreed
    where not exists (select from wrong where wrong.layer = agreed.layer and wrong.user_id = agreed.user_id)
)

select
    layers.layer,
    (select count(*) from rightly where rightly.layer = layers.layer) as rights,
    (select count(*) from wrong where wrong.layer = layers.layer) as wrongs
from unnest(array['platform', 'pronoun', 'criteria', 'face', 'consistency']) as layers (layer);

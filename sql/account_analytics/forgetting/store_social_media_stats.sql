-- Puts cleaned texts into a row of social_media_stats; one row.
-- Parameters: account text, date date, texts jsonb.
update social_media_stats
set extra = given.extra
from jsonb_populate_record(null::social_media_stats, %(texts)s::jsonb) as given
where
    social_media_stats.account = %(account)s::text
    and social_media_stats.date = %(date)s::date
returning social_media_stats.account;

-- What the check of growth says of a creator, sign by sign, for the day that the standings are of, with the numbers it rests on;
-- one row, none for who was not observed in the 28 days up to it. Parameters: user_id text.
select
    latest.day,
    checked.*
from (select max(standings.day) as day from standings) as latest
cross join lateral check_growth(latest.day, 0, 1, %(user_id)s::text) as checked;

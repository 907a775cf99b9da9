-- How many rows of the ranking are about a person; one row. Parameters: user_id text.
select
    (select count(*) from standings where standings.user_id = %(user_id)s::text) as standings,
    (select count(*) from breakout_rankings as ranked where ranked.user_id = %(user_id)s::text) as breakout_rankings,
    (select count(*) from alerts_told as told where told.user_id = %(user_id)s::text) as alerts_told;

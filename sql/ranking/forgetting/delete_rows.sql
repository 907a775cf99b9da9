-- Removes a person from the ranking; one row with the number removed from each table. Parameters: user_id text.
with
standing as (
    delete from standings where user_id = %(user_id)s::text returning user_id
),

-- Nobody moves up: the ranks of the others on that day stay as they were.
ranked as (
    delete from breakout_rankings where user_id = %(user_id)s::text returning user_id
),

told as (
    delete from alerts_told where user_id = %(user_id)s::text returning user_id
)

select
    (select count(*) from standing) as standings,
    (select count(*) from ranked) as breakout_rankings,
    (select count(*) from told) as alerts_told;

-- About how many standings a refresh will write; one row. Parameters: latest_day date.
select
    (select count(*) from creators)
    - (select count(*) from standings where standings.day = %(latest_day)s::date) as creators;

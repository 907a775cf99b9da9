-- The last day before a day, and the first one after it, that had a run; one row, NULL where there is none. Parameters: day date.
select
    (select max(runs.day) from runs where runs.pipeline = 'comets' and runs.day < %(day)s::date) as earlier,
    (select min(runs.day) from runs where runs.pipeline = 'comets' and runs.day > %(day)s::date) as later;

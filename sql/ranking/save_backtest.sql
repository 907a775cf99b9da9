-- Keeps one backtest; one row, its number. Parameters: days_ahead int, first_day date, last_day date, judged_days int,
-- frozen_days int, results jsonb.
insert into backtests (days_ahead, first_day, last_day, judged_days, frozen_days, results)
values (
    %(days_ahead)s::integer, %(first_day)s::date, %(last_day)s::date, %(judged_days)s::integer, %(frozen_days)s::integer,
    %(results)s::jsonb
)
returning backtests.backtest_id;

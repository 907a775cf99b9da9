-- The latest backtest of the breakout score; one row, none before the first.
select
    backtests.backtest_id,
    backtests.made_at,
    backtests.days_ahead,
    backtests.first_day,
    backtests.last_day,
    backtests.judged_days,
    backtests.frozen_days,
    backtests.results
from backtests
order by backtests.made_at desc, backtests.backtest_id desc
limit 1;

-- Notes that the alerts of a day were worked out; no row. Parameters: day date.
insert into alert_days (day)
values (%(day)s::date)
on conflict (day) do nothing;

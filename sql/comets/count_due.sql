-- How many creators a day's roll call has still to look at: one call for each; one row. Parameters: day date.
select count(*) as due
from creators_unmeasured(%(day)s::date, false);

-- Removes rows of account_totals that are no longer true; each is one day of an account.
-- Parameters: rows json (an array of objects with its key).
delete from account_totals as kept
using json_populate_recordset(null::account_totals, %(rows)s::json) as given
where kept.account = given.account and kept.day = given.day;

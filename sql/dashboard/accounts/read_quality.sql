-- The newest scores of an account, with their worst offenders; one row, or none. Parameters: account text.
select scores.*
from account_quality as scores
where scores.account = %(account)s::text
order by scores.day desc, scores.run_id desc
limit 1;

-- What an account had in all when the API was last asked; one row, or none. Parameters: account text.
select totals.*
from account_totals as totals
where totals.account = %(account)s::text
order by totals.day desc
limit 1;

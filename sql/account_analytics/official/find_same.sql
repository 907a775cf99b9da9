-- Another account whose tokens are of the same account at TikTok; one row, or none. Parameters: account text, business_id text.
select account_tokens.account
from account_tokens
where account_tokens.account <> %(account)s::text and account_tokens.business_id = %(business_id)s::text
order by account_tokens.account
limit 1;

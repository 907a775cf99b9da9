-- Forgets the tokens of an account; one row, none when there were none. Parameters: account text.
delete from account_tokens
where account_tokens.account = %(account)s::text
returning account_tokens.account;

-- Reports whose lines of raw lie there; one row each. Parameters: raw_key text.
select
    account_exports.export_sha256,
    account_exports.member
from account_exports
where account_exports.raw_key = %(raw_key)s::text;

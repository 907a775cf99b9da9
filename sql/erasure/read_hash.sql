-- Whether a person was forgotten before; one row if so. Parameters: user_hash bytea.
select forgotten.forgotten_on
from forgotten_creators as forgotten
where forgotten.user_hash = %(user_hash)s::bytea;

-- Which of the given hashes belong to people who were forgotten; one row per hash. Parameters: user_hashes bytea[].
select forgotten.user_hash
from forgotten_creators as forgotten
where forgotten.user_hash = any(%(user_hashes)s::bytea []);

-- Keeps a person away for good; one row out if they were not kept away before. Parameters: user_hash bytea, key_mark bytea.
insert into forgotten_creators (user_hash, key_mark, forgotten_on)
values (%(user_hash)s::bytea, %(key_mark)s::bytea, current_date)
on conflict (user_hash) do nothing
returning forgotten_on;

-- The marks of the keys under which anybody was forgotten; one row per key, none when nobody was.
select distinct forgotten.key_mark
from forgotten_creators as forgotten;

-- How many searches a person has saved; one row. Parameters: owner text.
select count(*) as searches
from saved_searches as saved
where saved.owner = %(owner)s::text;

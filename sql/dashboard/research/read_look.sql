-- One row: when this reader last said that they have looked; NULL where never. Parameters: reader text.
select max(looks.looked_at) as looked_at
from research_looks as looks
where looks.reader = %(reader)s::text;

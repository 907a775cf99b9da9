-- How many videos wait for their files to be removed; one row. Parameters: reason text (null for any).
select count(*)::integer as waiting
from media_removals
where %(reason)s::text is null or media_removals.reason = %(reason)s::text;

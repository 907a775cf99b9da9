-- A table `videos` of somebody's own that has the column the library needs, and goes on as the library; one row, or none.
select classes.oid::regclass::text as called
from pg_class as classes
inner join pg_attribute as attributes on classes.oid = attributes.attrelid
where
    classes.oid = to_regclass('videos')
    and classes.relkind in ('r', 'p')
    and attributes.attname = 'video_id'
    and not attributes.attisdropped;

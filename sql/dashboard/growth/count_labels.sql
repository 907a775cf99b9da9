-- How often people said that the mark was right, of all creators' marks that somebody judged; one row. Of several labels of one
-- creator the latest counts.
select
    count(*) as labels,
    count(*) filter (where latest.is_right) as rights
from (
    select distinct on (labels.user_id) labels.is_right
    from growth_labels as labels
    where labels.growth_check = 'looks bought'
    order by labels.user_id, labels.made_at desc, labels.made_by
) as latest;

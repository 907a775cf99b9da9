-- What people said of the check of a creator's growth, the latest first; one row each. Parameters: user_id text, most int.
select
    labels.checked_on,
    labels.growth_check,
    labels.growth_signs,
    labels.is_right,
    labels.made_by,
    labels.made_at
from growth_labels as labels
where labels.user_id = %(user_id)s::text
order by labels.made_at desc, labels.made_by
limit %(most)s::integer;

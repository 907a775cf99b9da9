-- The order in which those in `fitting` whose column is known are walked through: an index, forwards or backwards. Of the four
-- columns all but one are NULL. Parameters: ascending bool (the smallest first).
case when not %(ascending)s::boolean then fitting.by_number end desc nulls last,
case when %(ascending)s::boolean then fitting.by_number end asc nulls first,
case when not %(ascending)s::boolean then fitting.by_count end desc nulls last,
case when %(ascending)s::boolean then fitting.by_count end asc nulls first,
case when not %(ascending)s::boolean then fitting.by_day end desc nulls last,
case when %(ascending)s::boolean then fitting.by_day end asc nulls first,
case when not %(ascending)s::boolean then fitting.by_text end desc nulls last,
case when %(ascending)s::boolean then fitting.by_text end asc nulls first,
case when not %(ascending)s::boolean then fitting.user_id end asc,
case when %(ascending)s::boolean then fitting.user_id end desc

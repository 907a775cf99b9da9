-- The order of what is `placed` by one of four columns, of which all others are NULL; what is not known comes last, from
-- whichever end it goes. Parameters: ascending bool (the smallest first).
case when not %(ascending)s::boolean then placed.by_number end desc nulls last,
case when %(ascending)s::boolean then placed.by_number end asc nulls last,
case when not %(ascending)s::boolean then placed.by_count end desc nulls last,
case when %(ascending)s::boolean then placed.by_count end asc nulls last,
case when not %(ascending)s::boolean then placed.by_day end desc nulls last,
case when %(ascending)s::boolean then placed.by_day end asc nulls last,
case when not %(ascending)s::boolean then placed.by_text end desc nulls last,
case when %(ascending)s::boolean then placed.by_text end asc nulls last,
case when not %(ascending)s::boolean then placed.user_id end asc,
case when %(ascending)s::boolean then placed.user_id end desc

-- Whom the page of the ranking that `dashboard/search_ranking` shows has on it, and nothing else of them; one row per creator.
with
-- part: ranking/sought
-- part: ranking/fitting_found
-- part: ranking/page
select placed.user_id
from page as placed
order by
    -- part: ranking/order
;

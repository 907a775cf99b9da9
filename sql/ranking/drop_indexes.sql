-- Drops the indexes of standings that a large refresh is faster without; one row, whether it could.
select drop_standing_indexes() as is_dropped;

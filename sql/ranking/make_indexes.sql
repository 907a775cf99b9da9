-- Makes those indexes of standings that are not there; one row.
select make_standing_indexes() as made;

-- Makes the partitions of a day's month and of the months after it, and moves rows that wait for them in a DEFAULT partition;
-- one row per new partition. Parameters: day date, months int.
select made.partition_name
from make_partitions(%(day)s::date, %(months)s::integer) as made (partition_name);

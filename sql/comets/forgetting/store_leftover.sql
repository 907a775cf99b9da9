-- Writes a row set aside anew; one row out. Parameters: place text, row_data jsonb, reason text.
update adopted_leftovers
set
    row_data = %(row_data)s::jsonb,
    reason = %(reason)s::text
where ctid = %(place)s::text::tid
returning table_name;

-- Pages of a search that was begun before may repeat a match or leave one out.
ALTER TABLE resource_history DROP COLUMN date_low;

ALTER TABLE resource_history DROP COLUMN publisher_folded;

ALTER TABLE resource_history DROP COLUMN title_folded;

ALTER TABLE resource_history DROP COLUMN name_folded;

ALTER TABLE resource_history DROP COLUMN generation;

ALTER TABLE resource DROP COLUMN generation;

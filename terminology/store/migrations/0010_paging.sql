-- Which publication wrote a version of a resource, and by what it was sorted then: pages of a search go on in the order
-- that they began in, whatever is written between two of them.
ALTER TABLE resource ADD COLUMN generation $BIGINT NOT NULL DEFAULT 0;

ALTER TABLE resource_history ADD COLUMN generation $BIGINT NOT NULL DEFAULT 0;

ALTER TABLE resource_history ADD COLUMN name_folded $TEXT;

ALTER TABLE resource_history ADD COLUMN title_folded $TEXT;

ALTER TABLE resource_history ADD COLUMN publisher_folded $TEXT;

ALTER TABLE resource_history ADD COLUMN date_low $TEXT;

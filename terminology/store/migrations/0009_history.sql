-- Which course of events the database was on when it was last written: a replica that takes over begins another one.
ALTER TABLE generation ADD COLUMN history $TEXT NOT NULL DEFAULT '';

-- Nothing is lost.
DROP INDEX bitmap_token;

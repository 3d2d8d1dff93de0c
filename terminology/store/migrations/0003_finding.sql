-- Which versions have a word at all: for searching all code systems at once without asking each of them.
CREATE INDEX bitmap_token ON bitmap (key, version) WHERE kind = 'token';

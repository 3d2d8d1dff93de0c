-- Which resources were written after a generation: a page of a search that goes on asks, and mostly there are none.
CREATE INDEX resource_generation ON resource (type, generation);

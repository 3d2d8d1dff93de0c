-- Pages of a search that go on are slower while others write.
DROP INDEX resource_generation;

"""Read any number of pictures on any number of machines, shard by shard."""

"""What is built once and cached: a cache on the disk, addressed by the content of all that an entry depends on."""

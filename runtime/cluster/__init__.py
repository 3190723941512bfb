"""Work of many processes on many machines, over Dask."""

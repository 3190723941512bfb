"""metac in Jupyter and IPython: `%load_ext metac`, then cells that begin with `%%meta`."""

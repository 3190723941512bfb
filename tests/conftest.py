"""Settings that every test shares."""

from metac.runtime.precision import enable_double_precision

enable_double_precision()

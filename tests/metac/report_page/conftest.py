"""The folder of a sweep, as `metac table` reads it too."""

from tests.metac.test_table_command import sweep as sweep

"""What the compiler links against: the seams between implementations, one file a kind.

A definition that has a Python body names a class. The program calls it with the definition's fields by keyword, resolved:
numbers as floats or arrays in internal units (mm, N, MPa, s, radian), lists as tuples, functions as callables, references as
the objects that they name. Objects are plain and immutable. A program makes them again in each trace, so what costs (a
response, moved coordinates) is a `functools.cached_property`: computed once per trace however many measures ask.

Work that must not be traced (meshing, factorisation patterns) goes into a static method `build`. Its parameters are a subset
of the definition's fields; it is called once on the host with concrete values, and what it returns is passed to the
constructor as `built`. Changing a value that `build` takes compiles again; changing any other does not.

Objects of kinds that are checked early (`kinds/*.meta`) are also made by `metac check`, with concrete values: what they do
before they are used may take numpy and shapely where nothing less will do, never JAX.
"""

"""A spec of a frame, for tests."""

SPEC = """
material tpu  = linear_elastic { E = 0.6 MPa, nu = 0.3, plane = stress }
generator net = random_network { grid = [3, 3], spacing = 7.5 mm, connectivity = [3], widths = 0.5 .. 1.5, shift = 0.3 }
body cell     = frame { network = net, width = 1 mm, thickness = 10 mm, material = tpu }
load pull     = tension_cases { body = cell }
match poisson_ratio(pull, along = 0 deg) to -0.1 within 0.01
match youngs_modulus(pull, along = 0 deg) to 0.03 MPa within 0.003 MPa
require peak_von_mises(pull) <= 1 MPa
study fit = optimize { vary = net, using = adam { rate = 0.1 }, steps = 3 }
"""

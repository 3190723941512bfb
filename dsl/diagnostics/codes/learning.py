"""Data sets, networks, weights: what their classes refuse."""

from __future__ import annotations

from metac.dsl.diagnostics.codes.entry import Entry

CODES: dict[str, Entry] = {
    "M0580": Entry(
        "Images that cannot be read",
        """
`images` reads IDX files (as MNIST is distributed, also packed with gzip), NumPy's .npy and .npz, MAT
files up to version 7, and folders or .zip archives of .png files or of text grids. A relative name
starts from the folder of the spec; `source = "digits"` stands for the digits that scikit-learn brings,
and `"./digits"` for a folder of that name. A file that is cut short is refused as a whole.

    dataset cells = images { source = "cells.npz", variable = "cells" }
""",
    ),
    "M0581": Entry(
        "Images of the wrong shape",
        """
A file of images has three axes: image, row, column (in MAT files the image comes last). Colours have no
place here: make them grey first. All pictures of a folder have the same size. Files of labels, as they
lie beside MNIST's images, are not needed.
""",
    ),
    "M0582": Entry(
        "Pixels without a meaning",
        """
Every pixel must be a finite number. Bytes are taken from 0 to 255, other numbers from 0 to 1; where
they run otherwise, say which values stand for black and white.

    dataset cells = images { source = "cells.npy", values = -1 .. 1 }
""",
        stage="run",
    ),
    "M0583": Entry(
        "A data set without samples",
        """
The file, folder or archive is there, but no image is in it. In folders and archives only .png, .txt and
.csv files count, and no hidden ones.
""",
    ),
    "M0584": Entry(
        "Numbers that make no pictures",
        """
`pixels` has two whole numbers, rows and columns, each at least 1; `limit` is at least 1; `values` are
two different numbers.
""",
    ),
    "M0585": Entry(
        "Fields that make no network",
        """
Each resolution after the first has half the rows and columns of the one before, so for n of them rows
and columns must be multiples of 2 to the power of n - 1. Widths are multiples of 8, and those with
attention of the number of heads as well.

    model ddpm = diffusion { data = digits, channels = [24, 48, 48, 48], blocks = 1 }     # 32 by 32 pixels become 4 by 4

The hidden layers of `mlp` and `cvae` have one feature at least, their learning rate is positive, and some
designs are left to learn from once those for validation and test are held back.
""",
    ),
    "M0586": Entry(
        "Weights that cannot be read",
        """
`weights` names a folder with two files: `weights.npz` and `model.json`, which says what network they
belong to and has the hash of the other. metac writes both after a training; `metac cache` shows where.
A file whose hash does not match is not used.
""",
    ),
    "M0587": Entry(
        "Weights of another network",
        """
The fields `channels`, `blocks`, `attention` and `heads`, and the size of the pictures, or `hidden`, decide
the arrays of a network. Where `weights` are given they are those of the file and need not be repeated; what
is repeated must agree.
""",
    ),
    "M0588": Entry(
        "A model with nothing to learn from",
        """
A model needs a data set to be trained on, or weights of a network that has been trained.

    model ddpm = diffusion { data = digits }
    model ddpm = diffusion { weights = "models/digits" }
""",
    ),
    "M0589": Entry(
        "Steps back that the model does not have",
        """
`ddim` leaves out time steps of its model: it can take as many as the model was trained with, not more.
A seed is a whole number from 0 to 4294967295.
""",
        stage="run",
    ),
    "M0590": Entry(
        "Fields that leave no cells",
        """
The cells of `orthotropic` are mirrored at both mid-lines, so they have an even number of rows and of
columns, 8 at least. The share of solid lies between two bounds, above 0 and below 1.

    dataset cells = orthotropic { cell = [50, 50], volume = 0.2 .. 0.8 }
""",
    ),
    "M0591": Entry(
        "Fields that leave no samples",
        """
`sample` labels every design in each of its tilings, pairs of numbers of cells along x and along y, named once each. Bins of
equal properties need two numbers of decimals: for moduli over the beams' own, and for Poisson's ratios.

    dataset cells = sample { spacing = 7.5 mm, width = 1 mm, E = 0.6 MPa, tiles = [[1, 1], [4, 4]], decimals = [1, 2] }
""",
    ),
    "M0592": Entry(
        "Weights that were fitted to other data",
        """
A network belongs to the data that it was fitted to. Where `weights` and `data` are both given, the data
must be just what they were then: the same samples, made or read by the same code. Without `weights`, metac
keeps networks under a key of their data, and fits a new one by itself where these have changed.
""",
    ),
    "M0593": Entry(
        "A guide that does not fit",
        """
`cvae` learns to draw designs together with a surrogate that tells what they do. The surrogate knows designs of the same
length, with the same labels and settings: it was trained on the same data, or on data of the same sort.

    model forward = mlp  { data = cells }
    model inverse = cvae { data = cells, guide = forward }
""",
    ),
    "M0594": Entry(
        "Labelled designs that nothing can be learned from",
        """
Designs are rows of 0 and 1, with as many rows of labels, all of them finite numbers. There are enough
different designs for a set to learn from, one that tells when to end, and one that judges. An .npz file
holds the arrays `designs`, `labels` and `label_names`; a data set with settings also `settings` and
`setting_names`.
""",
    ),
    "M0595": Entry(
        "A target that no design comes near",
        """
A generator that was trained on a data set finds designs somewhat beyond its properties, not far beyond. A
target that lies further from all of them than they lie apart, or a negative stiffness, is a slip.
""",
        stage="run",
    ),
    "M0596": Entry(
        "Models, goals and body that do not go together",
        """
`search` draws designs for goals and judges them before they are simulated, so at least one goal matches a
measure that is a label of the surrogate. Both models know designs of the same length; a surrogate of several
sizes asks the body for its own.

    match nu12(pull) to -0.2
    study picks = search { vary = net, draw = inverse, predict = sized }
""",
        stage="run",
    ),
}

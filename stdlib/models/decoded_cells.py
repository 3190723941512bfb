"""Cells decoded by a latent space, and the data set that says what they are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.model import KnownCellsModel

if TYPE_CHECKING:
    from metac.compiler.interfaces.dataset import CellDataset
    from metac.compiler.interfaces.latent import LatentSpace
    from metac.compiler.interfaces.model import LatentModel

AT_ONCE = 128
"""Cells decoded together."""
OTHER_SOLID = 0.25
"""Median relative deviation of C11 of decoded cells from what is known of the cells, above which solids must differ."""

Array = NDArray[np.float64]


def data_of(model: LatentModel, data: CellDataset | None, code: str) -> CellDataset:
    """The data whose solid and void count; `FieldError` on `model` where there is none."""
    found = model.data if data is None and isinstance(model, KnownCellsModel) else data
    if found is None:
        message = "nothing says which solid and void decoded cells are made of: the model was given weights alone"
        help = "write `data = cells`, a data set with the same solid as the model's: nothing of it is made for that"
        raise FieldError("model", message, code=code, help=help)
    return found


def require_same_size(space: LatentSpace, data: CellDataset, code: str) -> None:
    """`FieldError` on `data` where its cells are not as large as those of the latent space."""
    if data.cell != space.cell:
        message = f"the model knows cells of {space.cell} rows and columns, the data has cells of {data.cell}"
        raise FieldError("data", message, code=code, help="take the data that the model has learned from")


def require_same_solid(model: LatentModel, data: CellDataset, found: Array, known: Array, code: str) -> None:
    """`FieldError` where C11 of decoded cells, `found[cell]` with the solid of the data, is not about what is `known`."""
    off = float(np.nanmedian(np.abs(found / known - 1))) if np.isfinite(found).any() else np.inf
    if off > OTHER_SOLID:
        message = f"decoded cells, homogenised with the solid of the data, are {100 * off:.0f} % off in C11"
        help = "take the data that the model has learned from, or a model that decodes better"
        given = not isinstance(model, KnownCellsModel) or model.data is not data
        raise FieldError("data" if given else "model", message, code=code, help=help)


def decoder_of(space: LatentSpace) -> Callable[[Array], Array]:
    """`[cell, row, column]`, 0 … 1, of many `[cell, latent]`; on the host."""
    import jax
    import jax.numpy as jnp

    decode = jax.jit(space.decode)

    def decoded(latent: Array) -> Array:
        padded = np.zeros((-(-len(latent) // AT_ONCE) * AT_ONCE, latent.shape[1]), np.float32)
        padded[: len(latent)] = latent
        parts = [np.asarray(decode(jnp.asarray(part))) for part in padded.reshape(-1, AT_ONCE, latent.shape[1])]
        return np.concatenate(parts)[: len(latent)]

    return decoded


def slopes_of(space: LatentSpace) -> Callable[[Array], Array]:
    """`[cell, 4, latent]`, MPa: derivatives of what the regressor predicts, of many `[cell, latent]`; on the host."""
    import jax
    import jax.numpy as jnp

    slopes = jax.jit(jax.vmap(jax.jacrev(space.predict)))
    return lambda latent: np.asarray(slopes(jnp.asarray(latent, float)))

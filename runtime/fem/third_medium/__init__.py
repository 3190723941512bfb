"""Contact through a third medium: a soft filling of pores and slits that stiffens as it is squeezed flat."""

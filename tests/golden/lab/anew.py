class Anew:
    """A study that draws its designs anew, whatever another one has found."""

    def __init__(self, *, vary):
        self.vary, self.steps = vary, 1

    def run(self, program, key, recorder, *, stages=None, resume=None):
        raise NotImplementedError

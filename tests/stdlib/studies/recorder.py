"""What a study tells, kept to be looked at."""


class Recorder:
    """Keeps all that it is told."""

    def __init__(self):
        self.records, self.states = [], []

    def step(self, record, state):
        self.records.append(dict(record))
        self.states.append(state())

    def phase(self, text):
        pass

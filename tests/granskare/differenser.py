"""What differs, kept and not printed."""


class Differenser:
    """What differs: kind, where, what it should be and what it is."""

    def __init__(self):
        self.rader = []

    def add(self, slag, var, vantat, funnet):
        """Note a difference."""
        self.rader.append((slag, var, vantat, funnet))

    def compare(self, slag, var, vantat, funnet):
        """Note a difference when there is one."""
        if vantat != funnet:
            self.add(slag, var, vantat, funnet)

class NotPlaced(ValueError):
    pass


def place() -> None:
    raise NotImplementedError

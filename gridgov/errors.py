"""The errors gridgov raises on purpose: a code and its parameters. Only the top floor turns them into sentences."""


class GridgovError(Exception):
    """A refusal a person should read: `code` names the sentence, `params` fill it."""

    def __init__(self, code: str, /, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code}({told})"


class InputError(GridgovError):
    """What was given can't be used: a file, an option, an address."""


class NotFoundError(GridgovError):
    """The thing asked for isn't there, or not at that date."""


class ForbiddenError(GridgovError):
    """The account may not see or do this here."""


class ConflictError(GridgovError):
    """Somebody or something else changed what this rests on."""


class CancelledError(GridgovError):
    """Somebody stopped long work before its end; nothing of it is kept."""

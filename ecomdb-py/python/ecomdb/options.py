"""The values of a product for the options of its group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


class OptionValues(Mapping[str, str]):
    """A value for each option of a product's group, in its order: ``{"colour": "red", "size": "L"}``.

    A mapping that cannot be changed, so that products can be hashed.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        self._values = dict(values)

    def __getitem__(self, option: str) -> str:
        return self._values[option]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return repr(self._values)

    def to_dict(self, *, mode: str = "python") -> dict[str, str]:
        """The values as a dict.

        Args:
            mode (str): as for rows; the values are the same in every mode.

        Returns:
            dict[str, str]: a value for each option, in order.
        """
        return dict(self._values)

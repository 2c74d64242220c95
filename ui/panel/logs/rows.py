"""Which line stands in which row: lines count on, folded ones have no row. Pure; costs nothing for a line."""

from __future__ import annotations

from bisect import bisect_left, bisect_right


class Rows:
    """Lines from *first* to *end* (not included), and folds: (head, lines after it), each folded or not."""

    def __init__(self) -> None:
        self.first = self.end = 0
        self._all: dict[int, int] = {}
        self._starts: list[int] = []
        self._counts: list[int] = []
        self._before: list[int] = []

    def __len__(self) -> int:
        return self.end - self.first - self._hidden(len(self._starts))

    def _hidden(self, folds: int) -> int:
        """Lines without a row in so many of the first folds."""
        return self._before[folds - 1] + self._counts[folds - 1] if folds else 0

    def number(self, row: int) -> int:
        """The line in *row*."""
        places = range(len(self._starts))
        folds = bisect_left(places, row, key=lambda n: self._starts[n] - self.first - self._before[n])
        return self.first + row + self._hidden(folds)

    def row(self, number: int) -> int:
        """The row of a line; of its fold's head if it has none."""
        folds = bisect_left(self._starts, number)
        if folds and number <= self._starts[folds - 1] + self._counts[folds - 1]:
            return self._starts[folds - 1] - self.first - self._before[folds - 1]
        return number - self.first - self._hidden(folds)

    def after(self, number: int) -> int:
        """Lines after the head *number*; 0 if it is none."""
        return self._all.get(number, 0)

    def head(self, number: int) -> int:
        """The head of the fold that a line is in, else the line itself."""
        for head in range(number, max(self.first, number - 600) - 1, -1):
            if self._all.get(head, -1) >= number - head:
                return head
        return number

    def folded(self, number: int) -> bool:
        """Whether the head *number* is folded."""
        place = bisect_left(self._starts, number)
        return place < len(self._starts) and self._starts[place] == number

    def fold(self, head: int, after: int) -> None:
        """A new fold, folded. Its lines must be there, or come before anything else is asked."""
        self._all[head] = after
        self._put(head, after)

    def toggle(self, head: int) -> None:
        """Fold or unfold."""
        if self.folded(head):
            place = bisect_left(self._starts, head)
            del self._starts[place], self._counts[place]
            self._sum(place)
        else:
            self._put(head, self._all[head])

    def _put(self, head: int, after: int) -> None:
        place = bisect_left(self._starts, head)
        self._starts.insert(place, head)
        self._counts.insert(place, after)
        self._sum(place)

    def _sum(self, place: int) -> None:
        """Recount hidden lines from the fold at *place* on."""
        del self._before[place:]
        total = self._hidden(place)
        for count in self._counts[place:]:
            self._before.append(total)
            total += count

    def forget(self, first: int) -> int:
        """Lines before *first* go, where a mark stands then; the number of rows that go with them."""
        rows = len(self)
        keep = bisect_right(self._starts, first)
        self._starts, self._counts = self._starts[keep:], self._counts[keep:]
        self._sum(0)
        self._all = {head: after for head, after in self._all.items() if head > first}
        self.first = max(self.first, first)
        self.end = max(self.end, self.first)
        return rows - len(self)

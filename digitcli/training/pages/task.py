"""A run that learns to find lines."""

from __future__ import annotations

from collections.abc import Iterator

from ..compute.protocol import Compute
from ..lines.drawn_task import DrawnTask
from ..lines.stream import CHECK
from ..mixture.hands import Hands
from ..run.task import Batch
from ..trainer import Trainer
from .batches import Drawn, batch, by_size, chunk, draw
from .trainer import PageTrainer

PAGES = "pages"  # the name of what is drawn, for `--data`


class PageTask(DrawnTask):
    """See `DrawnTask`; a page is right when its marked places are mostly those of its lines."""

    name, chunk = PAGES, staticmethod(chunk)

    def trainer(self, total_steps: int, compute: Compute, jit: bool) -> Trainer:
        """See `Task`."""
        return PageTrainer(
            self.spec, self.recipe, total_steps, compute, jit=jit, start=self._start()
        )

    def _examples(self, hands: Hands) -> list[Drawn]:
        recipe = self.recipe
        return draw(hands.check, recipe.validation, recipe.validation_seed, CHECK)

    def _checks(self) -> Iterator[Batch]:
        order, size = by_size(self.checked), self.recipe.batch_size
        for at in range(0, len(order), size):
            yield batch(order[at : at + size])

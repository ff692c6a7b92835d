"""How parameters are updated: optimizer, learning rate and its schedule, weight decay, clipping."""

from dataclasses import dataclass

from seqmem.study.training.schedule import CONSTANT, Schedule

# One line of help for each.
OPTIMIZERS = {
    "adam": "Adam (Kingma and Ba 2015), weight decay added to the gradient",
    "adamw": "Adam with decoupled weight decay (Loshchilov and Hutter 2019)",
    "sgd": "stochastic gradient descent, with momentum if given",
}


@dataclass(frozen=True)
class Optimization:
    """The optimizer and its options, as an engine needs them to take a step.

    Parameters
    ----------
    optimizer : {"adam", "adamw", "sgd"}
    learning_rate : float
    gradient_clip : float
        Largest norm of the gradient.
    weight_decay : float
        Coefficient. The decay is added to the gradient by adam and sgd, and decoupled in adamw.
    momentum : float
        Momentum of sgd.
    schedule : Schedule
        Factor on the learning rate as a function of the step.
    """

    optimizer: str = "adam"
    learning_rate: float = 1e-2
    gradient_clip: float = 1.0
    weight_decay: float = 0.0
    momentum: float = 0.0
    schedule: Schedule = CONSTANT

    def learning_rate_at(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        return self.learning_rate * self.schedule.factor(step)

"""What tvm.relax.training has: losses and optimizers as functions, passes that make of a model what trains it, and a
trainer that runs it.
"""

from relax_core.training import loss, optimizer, trainer, utils
from relax_core.training.append_loss import AppendLoss
from relax_core.training.setup_trainer import SetupTrainer
from relax_core.training.trainer import Trainer

__all__ = ["AppendLoss", "SetupTrainer", "Trainer", "loss", "optimizer", "trainer", "utils"]

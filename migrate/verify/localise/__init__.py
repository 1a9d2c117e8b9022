"""Where in a pipeline a program goes wrong."""

from migrate.verify.localise.pipeline import Culprit, Stage, first_wrong_pass, stages_of

__all__ = ["Culprit", "Stage", "first_wrong_pass", "stages_of"]

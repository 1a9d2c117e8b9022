"""Campaigns: properties checked on a great many programs in processes of their own, resumable, on many machines."""

from migrate.verify.campaign.drive import Goal, run_campaign
from migrate.verify.campaign.plan import Plan
from migrate.verify.campaign.tally import Finding, Tally

__all__ = ["Finding", "Goal", "Plan", "Tally", "run_campaign"]

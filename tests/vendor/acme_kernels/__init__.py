"""A vendor's package of operators, as relay2relax finds it through its entry points."""

"""Record what real TVM 0.19 makes of the cases of pattern_programs.py.

    PYTHON_WITH_TVM tests/corpus/record_patterns.py

Writes patterns.json: by seed a hash of each line of the outcome.
"""

import json
from pathlib import Path

from pattern_programs import Cases, digest

FILE = Path(__file__).with_name("patterns.json")
COUNT = 500

if __name__ == "__main__":
    cases = Cases("tvm.relay")
    FILE.write_text(json.dumps([digest(cases.outcome(seed)) for seed in range(COUNT)], indent=0) + "\n")

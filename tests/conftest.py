"""Set before torch is imported: tests share the processors, so each uses one thread."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

"""Property tests have no deadline: machines differ, and timings are measured under `benchmarks/`."""

from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")

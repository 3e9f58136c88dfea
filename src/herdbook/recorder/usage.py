"""What a run uses of the machine while it goes on, under the names that MLflow gives it."""

import importlib
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from herdbook.errors import HerdbookError

EVERY = 10.0
"""How many seconds lie between two samples, as with MLflow."""

PREFIX = "system/"

Take = Callable[[str, int, float], None]
"""Is told of a sample: the name, the number of the sample, and the value."""


class Sampler(threading.Thread):
    """Samples the use of processors, memory and graphics cards beside the training.

    Raises:
        HerdbookError: psutil is not installed.
    """

    def __init__(self, take: Take) -> None:
        super().__init__(name="herdbook usage", daemon=True)
        try:
            self._psutil = importlib.import_module("psutil")
        except ImportError as error:
            raise HerdbookError(
                'psutil is not installed; install it with `pip install "herdbook[system-metrics]"`'
            ) from error
        self._cards = _Cards()
        self._take = take
        self._over = threading.Event()
        self._sums: dict[str, float] = {}
        self._count = 0
        self._psutil.cpu_percent()  # what is told is the use since this call

    def run(self) -> None:
        while not self._over.wait(EVERY):
            self._sample()

    def stop(self) -> Mapping[str, float]:
        """Sample once more and then no more; return the mean of each, for runs of any length."""
        self._over.set()
        if self.is_alive():
            self.join()
        self._sample()
        return {name: round(total / self._count, 1) for name, total in self._sums.items()}

    def _sample(self) -> None:
        memory = self._psutil.virtual_memory()
        found = {
            "cpu_utilization_percentage": self._psutil.cpu_percent(),
            "system_memory_usage_megabytes": memory.used / 1e6,
            "system_memory_usage_percentage": memory.used / memory.total * 100,
            **dict(self._cards.sample()),
        }
        for name, value in found.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
            self._take(f"{PREFIX}{name}", self._count, round(value, 1))
        self._count += 1


class _Cards:
    """The graphics cards of NVIDIA, where there are some and its package ``nvidia-ml-py`` is installed."""

    def __init__(self) -> None:
        self._handles: list[Any] = []
        try:
            self._nvml = importlib.import_module("pynvml")
            self._nvml.nvmlInit()
            count = self._nvml.nvmlDeviceGetCount()
            self._handles = [self._nvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
        except (
            Exception
        ):  # a package of its own kind of errors, with or without a driver: then there are none
            self._handles = []

    def sample(self) -> Iterator[tuple[str, float]]:
        for index, handle in enumerate(self._handles):
            try:
                memory = self._nvml.nvmlDeviceGetMemoryInfo(handle)
                busy = self._nvml.nvmlDeviceGetUtilizationRates(handle).gpu
            except self._nvml.NVMLError:  # the card went away
                continue
            yield f"gpu_{index}_memory_usage_megabytes", memory.used / 1e6
            yield f"gpu_{index}_memory_usage_percentage", memory.used / memory.total * 100
            yield f"gpu_{index}_utilization_percentage", float(busy)

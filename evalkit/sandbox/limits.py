"""What one sample may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds for one sample; what exceeds one of them fails with its name as the reason.

    Attributes:
        cpu_s: processor time of everything that the sample runs, in seconds. It alone decides about a loop
            that never ends, so a verdict does not change with the load of the machine.
        wall_s: time on the clock, in seconds, for a program that waits without using the processor.
        memory_mb: address space of each process, in MiB, above what the interpreter itself holds.
        file_mb: all files that the sample writes into its private folder, in MiB.
        processes: processes and threads alive at once, the sample's own included.
        output_kb: standard output and error together, in KiB.
        value_kb: one value that crosses between the program and its checker, encoded, in KiB.
    """

    cpu_s: float = 3.0
    wall_s: float = 10.0
    memory_mb: int = 512
    file_mb: int = 16
    processes: int = 16
    output_kb: int = 1024
    value_kb: int = 8192

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"{name} must be above 0, not {value}")

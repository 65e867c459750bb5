"""How much memory this process holds."""

from pathlib import Path


def resident_mb() -> float:
    """Megabytes in memory now; 0 where the system does not tell (only Linux does here)."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.is_file() else []
    kilobytes = next((line.split()[1] for line in lines if line.startswith("VmRSS:")), "0")
    return int(kilobytes) / 1024

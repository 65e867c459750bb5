"""`make setup`: everything a developer needs, DeepFace and TensorFlow included."""

import sys

from scripts.environment import PYTHON, ROOT, install, install_node_modules


def main(names: list[str]) -> None:
    """Install the named requirement files, then the npm packages."""
    for name in names:
        install(name)
    install_node_modules()
    print(f"Installed into {PYTHON.relative_to(ROOT).parent.parent}: {', '.join(names)}, and node_modules.")


if __name__ == "__main__":
    main(sys.argv[1:] or ["packaged", "dev", "recognition"])

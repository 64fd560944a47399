"""The built distributions hold what they need, and work away from the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    assert len(list(folder.glob("*.tar.gz"))) == 1
    (path,) = folder.glob("*.whl")  # built from the sdist, so that holds all it needs too
    return path


def test_wheel_holds_the_package_and_the_names(wheel):
    files = {
        name
        for name in zipfile.ZipFile(wheel).namelist()
        if not name.split("/")[0].endswith("info")
    }
    package = {
        path.relative_to(ROOT).as_posix()
        for pattern in ("*.py", "*.html", "*.css", "*.js")
        for path in (ROOT / "sklearn_bigram").rglob(pattern)
    }
    assert "sklearn_bigram/explorer/explorer.html" in package
    assert files == package | {"sklearn_bigram/py.typed", "sklearn_bigram/data/names.txt"}


def test_the_names_load_from_the_wheel(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    program = (
        "import sklearn_bigram, sys; from sklearn_bigram.datasets import load_names\n"
        "print(sklearn_bigram.__file__); print(len(load_names()))"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=True, text=True
    ).stdout.split()
    assert output[0].startswith(str(tmp_path))
    assert int(output[1]) >= 3000

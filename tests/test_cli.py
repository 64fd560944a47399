import re
import subprocess
import sys

import pytest

from sklearn_bigram import cli


def run(*args, cwd):
    return subprocess.run(
        [sys.executable, "-m", "sklearn_bigram", *args],
        capture_output=True,
        text=True,
        cwd=cwd,
    )


def test_demo_shows_that_both_methods_meet(tmp_path):
    result = run("demo", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    rows = dict(
        re.findall(r"^((?:count|neural)\S*(?: \w+)?)  .* (\d\.\d{4}) ", result.stdout, re.M)
    )
    assert list(rows) == ["count", "count, tuned", "neural", "neural, tuned", "neural, descent"]
    assert abs(float(rows["count, tuned"]) - float(rows["neural, tuned"])) < 0.002
    samples = re.findall(r"^(\w+) says: (.*)$", result.stdout, re.M)
    assert [model for model, _ in samples] == ["CountBigramLM", "NeuralBigramLM"]
    assert all(len(names.split(", ")) == 10 for _, names in samples)
    assert (tmp_path / "bigrams.png").read_bytes().startswith(b"\x89PNG")


def test_demo_takes_a_file_of_names(tmp_path, capsys, names):
    path = tmp_path / "names.txt"
    path.write_text("\ufeff" + "\r\n".join([*names[:300], "", "zoë"] * 2), encoding="utf-8")
    picture = tmp_path / "picture.png"
    assert cli.main(["demo", "--names", str(path), "-o", str(picture), "--seed", "1"]) == 0
    assert capsys.readouterr().out.startswith("602 names: 481 to train on, 121 held out.")
    assert picture.exists()


def test_demo_fetches_names(monkeypatch, tmp_path, capsys, names):
    monkeypatch.setattr(cli, "fetch_names", lambda: names[:200])
    monkeypatch.chdir(tmp_path)
    assert cli.main(["demo", "--fetch"]) == 0
    assert capsys.readouterr().out.startswith("200 names")


def test_demo_without_matplotlib_says_so(monkeypatch, tmp_path, capsys, names):
    path = tmp_path / "names.txt"
    path.write_text("\n".join(names[:100]), encoding="utf-8")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert cli.main(["demo", "--names", str(path)]) == 0
    assert "pip install 'sklearn_bigram[plot]'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file or directory: 'names.txt'"),
        (b"emma\n\xff\n", "names.txt is not UTF-8 text"),
        (b"emma\nava\n", "names.txt holds 2 names: the demo needs at least 10."),
        (b"em.ma\n" * 20, "holds the boundary symbol '.'"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(content, message, tmp_path):
    if content is not None:
        (tmp_path / "names.txt").write_bytes(content)
    result = run("demo", "--names", "names.txt", cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith("sklearn-bigram: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_help_has_an_example(capsys):
    with pytest.raises(SystemExit) as info:
        cli.main(["demo", "--help"])
    assert info.value.code == 0
    assert "example: sklearn-bigram demo" in capsys.readouterr().out

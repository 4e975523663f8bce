"""What is uploaded to a package index: its page renders there, and the source distribution is whole."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from .conftest import ROOT

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PROJECT_"))}
NOT_SENT = (".ci/", ".git")
"""What a source distribution does not need: the script of CI, and git's own files."""
FAST = ("test/unit/runtime/test_settings.py", "test/query", "test/docs/test_reference.py")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the source distribution and the wheel."""
    folder = tmp_path_factory.mktemp("built")
    source = folder / "source"
    ignored = shutil.ignore_patterns("__pycache__", ".*", "_build", "names", "build", "*.egg-info")
    shutil.copytree(ROOT, source, ignore=ignored)
    command = [sys.executable, "-m", "build", "-n", "-o", str(folder), str(source)]
    subprocess.run(command, check=True, env=CLEAN, timeout=280, capture_output=True)
    shutil.rmtree(source)
    return folder


def metadata(built: Path) -> Message:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        return message_from_bytes(archive.read(name))


def files(built: Path) -> set[str]:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        return {member.name.partition("/")[2] for member in archive if member.isfile()}


def rendered(text: str) -> str:
    from readme_renderer import markdown

    html = markdown.render(text)
    assert html is not None
    return str(html)


def described(home: str = "") -> str:
    """Return the description that `setup.py` gives for a repository's address."""
    script = "import runpy, setuptools; setuptools.setup = lambda **given: print(given['long_description']); "
    command = [sys.executable, "-c", f"{script}runpy.run_path('setup.py')"]
    done = subprocess.run(
        command, cwd=ROOT, env={**CLEAN, "PROJECT_URL": home}, capture_output=True, timeout=60, check=True
    )
    return done.stdout.decode("utf-8")


def test_an_index_takes_both_distributions(built: Path) -> None:
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, built.glob("apteco*"))]
    done = subprocess.run(command, capture_output=True, text=True, env=CLEAN, timeout=100, check=False)
    assert done.returncode == 0, done.stdout


def test_the_page_has_no_link_or_picture_that_leads_nowhere(built: Path) -> None:
    html = rendered(metadata(built).get_payload())
    targets = re.findall(r'(?:href|src)="([^"]+)"', html)
    places = {f"#{place}" for place in re.findall(r'id="([^"]+)"', html)}
    assert [each for each in targets if not each.startswith("https://") and each not in places] == []
    assert "the tutorial: from nothing to a report" in html
    assert "![" not in html
    assert "<!--" not in html
    assert html.count("<table>") >= 3


def test_with_an_address_all_links_and_pictures_lead_to_files_of_the_repository() -> None:
    home = "https://git.example/us/apteco-api"
    links = re.findall(r"\]\(([^)]+)\)", described(f"{home}/"))
    assert len(links) > 20
    paths = [re.fullmatch(rf"{re.escape(home)}/(?:blob|raw)/HEAD/(.+)", each) for each in links]
    assert [each for each in paths if each is None or not (ROOT / each[1]).exists()] == []
    assert f"]({home}/raw/HEAD/docs/pictures/cost.png)" in described(home)


def test_the_metadata_is_true(built: Path) -> None:
    from trove_classifiers import classifiers

    told = metadata(built)
    assert set(told.get_all("Classifier", [])) <= classifiers
    assert told["Author"]
    assert told["Keywords"]
    assert told.get_all("Project-URL") is None, "the project has no public address"
    oldest = told["Requires-Python"].removeprefix(">=")
    versions = re.findall(r"Python :: (3\.\d+)", "\n".join(told.get_all("Classifier", [])))
    assert versions[0] == oldest


def test_the_source_distribution_holds_the_repository(built: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("only a checkout knows what belongs to the repository")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, timeout=60, check=True)
    kept = {name for name in listed.stdout.decode("utf-8").split("\0") if name and (ROOT / name).is_file()}
    sent = files(built)
    assert sorted(name for name in kept - sent if not name.startswith(NOT_SENT)) == []
    # The runtime of each sibling is a link in the repository, and a copy in the distribution.
    own = re.compile(r"apteco_api\.egg-info/.*|PKG-INFO|setup\.cfg|clients/.*/_runtime/.*")
    assert sorted(name for name in sent - kept if not own.fullmatch(name)) == []


def test_fast_tests_pass_in_the_unpacked_source_distribution(built: Path, tmp_path: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (place,) = tmp_path.iterdir()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *FAST]
    done = subprocess.run(
        command, cwd=place, env=CLEAN, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]

"""Packaging of the distribution `apteco-api`; tool settings are in pyproject.toml."""

from __future__ import annotations

import os
import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
# The version is set in generator/clients.toml only; the generator writes it into package_info.py.
VERSION = re.search(r'version="([^"]+)"', (HERE / "apteco_api" / "package_info.py").read_text("utf-8"))
if VERSION is None:
    raise SystemExit("apteco_api/package_info.py names no version: run `python -m generator`")

HOME = os.environ.get("PROJECT_URL", "").rstrip("/")
"""Address of the repository, for the links of the package's page. Without it they become plain text."""
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?![a-z]+:|#)([^)]+)\)")
"""A link, or a picture, whose target is a file of the repository."""


def long_description() -> str:
    """Return the README for a package index: links to files lead to the repository, or become plain text."""

    def turned(found: re.Match[str]) -> str:
        picture, text, target = found.groups()
        if HOME:
            return f"{picture}[{text}]({HOME}/{'raw' if picture else 'blob'}/HEAD/{target})"
        return "" if picture else text

    return LINK.sub(turned, (HERE / "README.md").read_text("utf-8"))


EXTRAS = {
    "sandbox": ["starlette>=0.40", "uvicorn>=0.30", "duckdb>=1.2"],
    "cli": ["rich>=13.7"],
    "pandas": ["pandas>=1.5", "pyarrow>=15"],  # apteco 0.8.2, which people install beside it, wants pandas<2
    "polars": ["polars>=1.0", "pyarrow>=15"],
    "arrow": ["pyarrow>=15"],
    "excel": ["xlsxwriter>=3.1"],
    "cloud": ["fsspec>=2024.2", "s3fs>=2024.2"],
    "plot": ["matplotlib>=3.8"],
    "async": ["aiohttp>=3.10"],
    "mcp": ["mcp>=2.0,<3"],
    "otel": ["opentelemetry-api>=1.20"],
}

setup(
    name="apteco-api",
    version=VERSION.group(1),
    description="Client of the Apteco (Orbit) API: typed, fast, with a local sandbox server to try it on",
    long_description=long_description(),
    long_description_content_type="text/markdown",
    author="The apteco-api maintainers",
    keywords="apteco orbit faststats marketing api client openapi pandas sandbox",
    url=HOME or None,
    project_urls={"Changelog": f"{HOME}/blob/HEAD/CHANGELOG.md"} if HOME else {},
    license="Apache-2.0",
    license_files=[
        "LICENSE",
        "apteco_api/sandbox/swagger_ui/LICENSE",
        "apteco_api/sandbox/swagger_ui/NOTICE",
    ],
    python_requires=">=3.11",
    packages=find_packages(include=["apteco_api", "apteco_api.*"]),
    include_package_data=False,
    package_data={
        "": ["*.pyi"],
        "apteco_api": ["py.typed"],
        "apteco_api.sandbox": ["openapi.json", "swagger_ui/*"],
    },
    install_requires=[
        "urllib3>=2.7,<3",
        "msgspec>=0.20",
        "python-dateutil>=2.8.2,<5",
        "certifi>=2024.7.4",
        "six>=1.16",
        "platformdirs>=4.0",
    ],
    extras_require={**EXTRAS, "all": sorted({each for extra in EXTRAS.values() for each in extra})},
    entry_points={
        "console_scripts": ["apteco-api = apteco_api.cli.__main__:main"],
        "pytest11": ["apteco_sandbox = apteco_api.sandbox.pytest_plugin"],
        "pyinstaller40": ["hook-dirs = apteco_api._pyinstaller:hook_dirs"],
    },
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Framework :: AsyncIO",
        "Framework :: IPython",
        "Framework :: Jupyter",
        "Framework :: Pytest",
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        # what the suites have run on (tox -e wasm: import and models only)
        "Programming Language :: Python :: 3.14",
        "Environment :: WebAssembly :: Emscripten",
        "Operating System :: POSIX :: Linux",
        "Topic :: Database :: Front-Ends",
        "Topic :: Scientific/Engineering :: Information Analysis",
        "Topic :: Software Development :: Libraries :: Python Modules",
        "Typing :: Typed",
    ],
)

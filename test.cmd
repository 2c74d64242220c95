@echo off
rem Sets everything up and runs the tests that need no lab (the lab needs Linux and root).
cd /d "%~dp0"
if not exist .venv\Scripts\python.exe (
    py -3 -m venv .venv || exit /b 1
    .venv\Scripts\python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock || exit /b 1
)
set QT_QPA_PLATFORM=offscreen
.venv\Scripts\ruff check --quiet . || exit /b 1
.venv\Scripts\ruff format --check --quiet . || exit /b 1
.venv\Scripts\mypy || exit /b 1
.venv\Scripts\python -m pytest -q -m "not lab and not slow" %* || exit /b 1
echo LEFT OUT: all tests that need the lab; it needs Linux and root.

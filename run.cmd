@echo off
rem Sets everything up and starts Dify Installer.
cd /d "%~dp0"
if not exist .venv\Scripts\python.exe (
    py -3 -m venv .venv || exit /b 1
    .venv\Scripts\python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock || exit /b 1
)
.venv\Scripts\python -m tests.practice %*

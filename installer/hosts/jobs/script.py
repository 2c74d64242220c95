"""Detached jobs on a server: the generated ``job.sh`` and the scripts that start, follow and stop it.

The folder of a job (0700) holds ``job.sh``, ``token``, ``log``, ``times`` (``begin T`` and ``end T`` of
each stage, seconds since the epoch), ``pid`` (process id, its start time from
/proc/PID/stat, the machine's boot id: a number used again or a reboot is noticed) and, at the end,
``exit``. Nothing in it is secret.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from installer.docker.pulls import pull_script, pull_words
from installer.hosts.base import Command, JobSpec, Part, Stage
from installer.hosts.framing import in_place
from installer.hosts.jobs.kill import END_TREE
from installer.hosts.jobs.log import begin_mark, end_mark

RETRY_WAIT_SECONDS = 2
#: Until then it is tried again after a moment.
SOON_SECONDS, SOON_WAIT_SECONDS = 10, 0.2
#: A container that is between two of its starts four times in a row, over half a second apart, has ended for
#: the fifth time or so (moby restartmanager: it waits 0.1 s first, then twice as long each time).
HOPELESS_LOOKS = 4
STOP_SECONDS = 10
#: For a stage that must not be ended half-way.
WHOLE_SECONDS = 3600

#: ``started PID``: field 22 of /proc/PID/stat, counted after the last ")" (the name may hold anything);
#: nothing for a process that has ended and that its parent has not reaped yet
_STARTED = r"""
started() { sed -n '/.*) Z /!s/.*) //p' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }
"""
_BOOT = "cat /proc/sys/kernel/random/boot_id"

_ALIVE = (
    _STARTED
    + rf"""
alive() {{
  [ ! -e "$1/exit" ] && read -r pid start boot 2>/dev/null <"$1/pid" &&
  [ "$boot" = "$({_BOOT})" ] && [ -n "$start" ] && [ "$(started "$pid")" = "$start" ]
}}
"""
)

_JOB_HEAD = (
    r"""
umask 022
{ printf '%s %s %s\n' "$$" "$(started $$)" "$(BOOT)" >"$folder/pid.new"; } 2>/dev/null
printf '\n\n\n\n\n\n\n\n' >"$folder/exit.new" # room for the end, taken while there is some: overwritten
mv -f "$folder/pid.new" "$folder/pid"
say() { printf '\n%s\n' "$1"; }
note() { printf '%s %s\n' "$1" "$(date +%s)" >>"$folder/times"; }
finish() {
  printf '%s\n' "$1" 1<>"$folder/exit.new" && mv -f "$folder/exit.new" "$folder/exit"
  exit "$1"
}
stopping() { if [ -e "$folder/stop" ]; then exit 143; fi; }
attempt() {
  # $1 seconds to go on trying, $2 whether earlier output is dropped, $3 what to run, $4 what says: hopeless
  began=$(date +%s) end=$(($(date +%s) + $1)) lost=0
  while :; do
    if [ "$2" = quiet ]; then "$3" >"$folder/attempt" 2>&1; else "$3"; fi
    code=$?
    if [ "$code" -eq 0 ] || [ "$(date +%s)" -ge "$end" ]; then break; fi
    if [ $# -lt 4 ] || [ -z "$("$4" 2>/dev/null)" ]; then lost=0; else lost=$((lost + 1)); fi
    if [ "$lost" -ge LOOKS ]; then break; fi
    # most are there within seconds: they are not asked too late, and the others not too often
    if [ "$(($(date +%s) - began))" -lt SOON ]; then sleep MOMENT 2>/dev/null || sleep 1; else sleep WAIT; fi
  done
  if [ "$2" = quiet ]; then cat "$folder/attempt"; rm -f "$folder/attempt"; fi
  return "$code"
}
""".replace("BOOT", _BOOT)
    .replace("WAIT", str(RETRY_WAIT_SECONDS))
    .replace("MOMENT", str(SOON_WAIT_SECONDS))
    .replace("SOON", str(SOON_SECONDS))
    .replace("LOOKS", str(HOPELESS_LOOKS))
)

#: $1 folder; standard input: the script. Returns when the job wrote its pid.
_START = r"""
umask 077
mkdir -p -- "$1" && chmod 700 "$1" && cd -- "$1" || exit 1
if [ -e pid ]; then echo "there is a job already" >&2; exit 1; fi
cat >job.sh && printf '%s\n' "$2" >token && : >log || exit 1
if command -v setsid >/dev/null 2>&1; then
  setsid sh ./job.sh </dev/null >>log 2>&1 &
else
  nohup sh ./job.sh </dev/null >>log 2>&1 &
fi
tries=0
while [ ! -e pid ] && [ ! -e exit ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 50 ]; then echo "the job did not start" >&2; cat log >&2; exit 1; fi
  sleep 0.1 2>/dev/null || sleep 1
done
"""

#: $1 folder, $2 offset. Standard error: "token T", "last MARKER", at the end "exit N" or "gone";
#: standard output: the log's bytes from the offset. Ends early when standard input ends.
_FOLLOW = (
    _ALIVE
    + r"""
cd -- "$1" || exit 1
token=$(cat token) || exit 1
printf 'token %s\n' "$token" >&2
if [ "$2" -gt 0 ]; then
  printf 'last %s\n' "$(head -c "$2" log | grep -a -F -- "$token " | tail -n 1)" >&2
fi
printf 'log\n' >&2
exec 3<&0
(cat <&3 >/dev/null 2>&1; kill -TERM $$ 2>/dev/null) >/dev/null 2>&1 &
watcher=$!
at=$2
round=0
while :; do
  state=runs
  # looking whether it lives costs four processes: every tenth time is enough
  if [ -e exit ]; then state="exit $(cat exit)"
  elif [ $((round % 10)) -eq 0 ] && ! alive .; then state=gone
  fi
  round=$((round + 1))
  size=$(($(wc -c <log)))
  if [ "$size" -gt "$at" ]; then
    tail -c "+$((at + 1))" log | head -c "$((size - at))"
    at=$size
  elif [ "$state" != runs ]; then
    if [ "$state" = gone ] && [ -e exit ]; then continue; fi # it ended between the two looks
    break
  else
    sleep 0.2 2>/dev/null || sleep 1
  fi
done
printf '%s\n' "$state" >&2
kill "$watcher" 2>/dev/null
exit 0
"""
)

_RUNNING = _ALIVE + 'alive "$1"'

#: $1 folder, $2 seconds between TERM and KILL, $3 seconds for a stage that must not be ended half-way: while
#: ``whole`` is there, such a stage runs; the job looks for ``stop`` after making it and after each stage.
_STOP = (
    _ALIVE
    + r"""
if ! alive "$1"; then exit 0; fi
: >"$1/stop"
left=$3
while [ -e "$1/whole" ] && [ "$left" -gt 0 ] && alive "$1"; do sleep 1; left=$((left - 1)); done
if ! alive "$1"; then exit 0; fi
set -- "$pid" "$2" "$start"
"""
    + END_TREE
)


def job_script(spec: JobSpec, token: str) -> str:
    """``job.sh``: POSIX sh, runs the stages one after the other with their output in the log."""
    parts = ["#!/bin/sh", f"folder={shlex.quote(in_place(spec.folder))}", _STARTED + _JOB_HEAD]
    parts += [_only(spec.keep), "trap '' HUP"]
    parts += [f"{name}={shlex.quote(value)}; export {name}" for name, value in spec.env.items()]
    parts.append(f"cd {shlex.quote(in_place(spec.cwd))} || finish 126")
    for number, stage in enumerate(spec.stages):
        parts += _stage(number, stage, token)
    return "\n".join([*parts, "finish 0", ""])


def start(spec: JobSpec, token: str) -> Command:
    """Make the folder, write the script, start it detached."""
    script = job_script(spec, token).encode("utf-8", "surrogateescape")
    return _command(_START, spec.folder, token, stdin=script)


def follow(folder: str, offset: int) -> Command:
    """Stream the log from *offset*."""
    return _command(_FOLLOW, folder, str(offset))


def running(folder: str) -> Command:
    """Exit code 0 if it runs."""
    return _command(_RUNNING, folder)


def stop(folder: str) -> Command:
    """TERM, after ``STOP_SECONDS`` KILL; returns when nothing of it is left. A stage that is ``whole`` is
    let end first."""
    return _command(_STOP, folder, str(STOP_SECONDS), str(WHOLE_SECONDS))


def _command(text: str, folder: str, *args: str, stdin: bytes | None = None) -> Command:
    return Command(("sh", "-c", text, "sh", in_place(folder), *args), stdin=stdin)


def _only(names: Sequence[str]) -> str:
    """Remove the environment's variables that are not among *names*."""
    listed = "|".join(names)
    every = "env | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p'"
    return f'for name in $({every}); do case $name in {listed}) ;; *) unset "$name" ;; esac; done'


def _stage(number: int, stage: Stage, token: str) -> list[str]:
    quiet = "quiet" if stage.keep_quiet and stage.retry_seconds else "loud"
    begin = shlex.quote(begin_mark(token, number, stage.name))
    end = end_mark(token, number, "@@", stage.name)
    before, after = (shlex.quote(part) for part in end.split("@@", 1))
    guard = [': >"$folder/whole"', "stopping"] if stage.whole else ["stopping"]
    unguard = ['rm -f "$folder/whole"'] if stage.whole else []
    # what was stopped did not succeed: its children go first, and a shell that waits for them then returns 0
    stopped = [] if stage.whole else ["stopping"]
    hopeless = f"hopeless_{number}" if stage.hopeless else ""
    return [
        f"stage_{number}() {{ {_body(stage)}; }}",
        *([f"{hopeless}() {{ {shlex.join(stage.hopeless)}; }}"] if hopeless else []),
        *guard,
        f"note begin; say {begin}",
        f"attempt {stage.retry_seconds} {quiet} stage_{number} {hopeless}; code=$?",
        *stopped,
        f'note end; say {before}"$code"{after}',
        *unguard,
        'if [ "$code" -ne 0 ]; then finish "$code"; fi',
    ]


def _body(stage: Stage) -> str:
    if stage.pulls:
        return f'sh -c {shlex.quote(pull_script())} pull "$folder" {shlex.join(pull_words(stage.pulls))}'
    return _writing(stage) if stage.writes else shlex.join(stage.argv)


def _writing(stage: Stage) -> str:
    """Draft and rename; a draft that the disk has no room for takes nothing's place."""
    path, draft = shlex.quote(stage.writes), shlex.quote(f"{stage.writes}.new")
    parts = " && ".join(_part(part) for part in stage.parts)
    return f"{{ {parts}; }} >{draft} && cat {draft} && mv -f {draft} {path}"


def _part(part: Part) -> str:
    otherwise = f"printf %s {shlex.quote(part.otherwise)}"
    return f"{{ {shlex.join(part.argv)} || {otherwise}; }}" if part.argv else otherwise

#!/usr/bin/env bash
# Writes SkyRL samples with an OpenAI-compatible model. Runs under bash 3.2 (macOS).
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: scripts/generate_llm_dataset.sh [--dry-run] [--verbose] OUTPUT [FLAGS]

Writes SkyRL samples (env_class MCPToolEnv) to OUTPUT, a .jsonl or .json file. Run it again to resume.
FLAGS go on to `python -m skyrl_samples generate`, e.g. --inventory FILE, with paths from the project's folder.

environment
  OPENAI_API_KEY    required; not for OPENAI_MODEL=procedural, which needs environments: --inventory DIR
  OPENAI_BASE_URL   a compatible server, e.g. http://127.0.0.1:8000/v1
  N_SAMPLES         50
  OPENAI_MODEL      gpt-5-mini
  OPENAI_BACKEND    responses, or chat
  REASONING_EFFORT  left out
  DOMAINS           comma-separated
  COMPLEXITIES      comma-separated, of simple, moderate, complex
  MAX_TURNS         8
  MAX_TOOLS         5
  PYTHON            .venv/bin/python of this project, else python3

exit codes
  0 all samples written   1 some failed   2 something to mend, one line says what
  3 OPENAI_API_KEY is missing   4 OPENAI_BASE_URL is no URL   64 wrong usage   130 interrupted
USAGE
}

fail() {  # fail CODE MESSAGE
    echo "error: $2" >&2
    exit "$1"
}

check_environment() {
    if [ "${model%%:*}" != procedural ] && [ -z "${OPENAI_API_KEY:-}" ]; then
        fail 3 "OPENAI_API_KEY is not set; export it, or set OPENAI_MODEL=procedural to try without a model"
    fi
    case "${OPENAI_BASE_URL:-https://}" in
        http://* | https://*) ;;
        *) fail 4 "OPENAI_BASE_URL '$OPENAI_BASE_URL' is no URL; give one like http://127.0.0.1:8000/v1" ;;
    esac
}

# Fills the array `command`.
build_command() {
    command=("$python" -m skyrl_samples generate --output "$output" --model "$model")
    command+=(--n-samples "${N_SAMPLES:-50}" --backend "${OPENAI_BACKEND:-responses}")
    command+=(--max-turns "${MAX_TURNS:-8}" --max-tools "${MAX_TOOLS:-5}")
    if [ -n "${REASONING_EFFORT:-}" ]; then command+=(--reasoning-effort "$REASONING_EFFORT"); fi
    if [ -n "${DOMAINS:-}" ]; then command+=(--domains "$DOMAINS"); fi
    if [ -n "${COMPLEXITIES:-}" ]; then command+=(--complexities "$COMPLEXITIES"); fi
}

dry_run=
verbose=
output=
while [ $# -gt 0 ] && [ -z "$output" ]; do
    case "$1" in
        -h | --help) usage; exit 0 ;;
        --dry-run) dry_run=yes ;;
        --verbose) verbose=yes ;;
        -*) usage >&2; fail 64 "unknown flag $1 before OUTPUT" ;;
        *) output=$1 ;;
    esac
    shift
done
if [ -z "$output" ]; then
    usage >&2
    fail 64 "OUTPUT is missing"
fi
case "$output" in
    /*) ;;
    *) output=$PWD/$output ;;  # the command runs in the project's folder
esac

here=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-$here/.venv/bin/python}
if [ ! -x "$python" ] && [ -z "${PYTHON:-}" ]; then python=python3; fi
model=${OPENAI_MODEL:-gpt-5-mini}

check_environment
build_command
if [ -n "$dry_run" ]; then command+=(--dry-run); fi
if [ -n "$verbose" ]; then
    command+=(--verbose)
    printf '%q ' "${command[@]}" ${1+"$@"} >&2
    echo >&2
fi
cd "$here"
exec "${command[@]}" ${1+"$@"}

#!/usr/bin/env bash
# Makes .venv-vllm: a real vLLM that runs on any CPU, for `make test-vllm`. About two minutes and 2 GB, once.
#
# vLLM's source package with VLLM_TARGET_DEVICE=empty compiles nothing; tests/vllm/cpu_ops supplies the few
# operations that its CPU platform calls. torch comes first, so that pip keeps a CPU build where one is offered.
# Run again, it does nothing until this script, the plugin or pyproject.toml change.
set -euo pipefail
cd "$(dirname "$0")/.."

inputs=(scripts/make_vllm_venv.sh tests/vllm/cpu_ops/torch_cpu_ops.py tests/vllm/cpu_ops/pyproject.toml pyproject.toml)
stamp=.venv-vllm/ready
wanted=$(cat "${inputs[@]}" | sha256sum)
[ "$(cat $stamp 2>/dev/null)" = "$wanted" ] && exit 0

pip=.venv-vllm/bin/pip
[ -x $pip ] || "${PYTHON:-python3}" -m venv .venv-vllm
$pip install --quiet torch==2.13.0 'setuptools>=78.1.1,<81' setuptools-scm setuptools-rust wheel packaging jinja2
VLLM_VERSION_OVERRIDE=0.32.0 VLLM_TARGET_DEVICE=empty \
    $pip install --quiet --no-build-isolation --no-binary vllm vllm==0.32.0
$pip uninstall --quiet --yes triton   # its CUDA build breaks vLLM's import on machines without a driver
$pip install --quiet -e '.[dev]'

# The plugin is built in a copy: setuptools leaves build folders beside its sources.
plugin=$(mktemp -d)
trap 'rm -rf "$plugin"' EXIT
cp tests/vllm/cpu_ops/* "$plugin"
$pip install --quiet --no-build-isolation --no-deps --force-reinstall "$plugin"
echo "$wanted" > $stamp

# SPDX-License-Identifier: Apache-2.0
# What tests of programs share. Each test is called as: test.sh PROGRAM SCRATCH_DIRECTORY, and begins in an empty scratch
# directory. Sourced as: . "$(dirname "$0")/../support/program.sh"

set -eu
program=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}

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

# refused MESSAGE OPTION...: the test's small_run, with these options, fails, says MESSAGE, and does not crash.
refused() {
    message=$1
    shift
    status=0
    small_run "$@" > output.txt 2>&1 || status=$?
    [ $status -ne 0 ] || fail "accepted: $*"
    [ $status -lt 128 ] || fail "crashed ($status): $*"
    grep -q -e "$message" output.txt || fail "'$*' does not say '$message': $(cat output.txt)"
}

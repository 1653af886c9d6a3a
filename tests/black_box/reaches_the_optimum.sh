#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The black box's optimum is reached although members fail on the way, by exceptions and by NaN.
# Called as: reaches_the_optimum.sh BLACK_BOX SCRATCH_DIRECTORY
. "$(dirname "$0")/../support/program.sh"
output=$("$program" 2> /dev/null) || fail "exit code $?: $output"
failed=$(printf '%s\n' "$output" | sed -n 's/.*  \([0-9]*\) evaluations failed so far/\1/p' | tail -n 1)
[ "${failed:-0}" -gt 0 ] || fail "no evaluation failed, so nothing was shown: $output"

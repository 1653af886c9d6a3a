#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The README's program reaches the loss that the README shows, with LowRank as it stands and, as full-rank OpenES, by
# --full-rank. Called as: learns.sh QUICKSTART SCRATCH_DIRECTORY
. "$(dirname "$0")/../support/program.sh"
for option in "" --full-rank; do
    loss=$("$program" $option 2> /dev/null | sed -n "s/.*mean parameters' loss is \([0-9.]*\)/\1/p")
    [ -n "$loss" ] || fail "no loss printed ($option)"
    awk "BEGIN { exit !($loss < 0.01) }" || fail "the loss is $loss, not below 0.01 ($option)"
done

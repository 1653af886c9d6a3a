#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rounding to nearest stalls; stochastic rounding and fp32 masters end within 5 % of float's loss. Called as:
# remedies.sh SIXTEEN_BIT SCRATCH_DIRECTORY
set -eu
"$1" 2> /dev/null | awk '
    { last = $0 }
    END {
        if (split(last, field) != 5 || field[1] != 500) { print "FAILED: the last line is: " last; exit 1 }
        float = field[2]; nearest = field[3]; stochastic = field[4]; masters = field[5]
        if (nearest < 1.5 * float) { print "FAILED: rounding to nearest did not stall: " last; exit 1 }
        if (stochastic > 1.05 * float || masters > 1.05 * float) { print "FAILED: a remedy stalled: " last; exit 1 }
    }'

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C writes a checkpoint, says so, and exits with 130.
. "$(dirname "$0")/common.sh"

# Not small_run: the signal is for the program, not for a shell around it.
"$program" --text text.txt --population 64 --layers 2 --width 16 --generations 1000000 --checkpoint kept \
    --checkpoint-every 0 > output.txt 2>&1 &
process=$!
sleep 1
kill -INT $process
status=0
wait $process || status=$?
[ $status -eq 130 ] || fail "the exit status is $status, not 130: $(cat output.txt)"
grep -q "interrupted after generation" output.txt || fail "it did not say that it was interrupted"
[ -f kept/checkpoint.safetensors ] || fail "there is no checkpoint"
"$program" --resume --checkpoint kept --generations 1 --sample 0 > resumed.txt || fail "the checkpoint does not load"
grep -q "resumed" resumed.txt || fail "it did not resume"

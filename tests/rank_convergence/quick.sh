#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The quick run finds the O(1/r) of the closed forms and writes what others read. Called as: quick.sh PROGRAM DIRECTORY
#
# The seed is fixed. With another, 18 points of 4 standard errors each would give a false alarm once in about 900 runs.
. "$(dirname "$0")/../support/program.sh"

"$program" --quick --check --seed 1 --json curves.jsonl --csv files > output.txt 2> errors.txt ||
    fail "the run disagrees with the closed forms: $(cat errors.txt)"

# One line an objective, each with its members; slopes of -1 within .05 where the closed form is known.
number='-\{0,1\}[0-9][0-9.e-]*'
six="$number,$number,$number,$number,$number,$number"
for objective in cubic sine_aligned sine_spread network; do
    line=$(grep "^{\"objective\":\"$objective\"," curves.jsonl) || fail "no line for $objective: $(cat curves.jsonl)"
    printf '%s\n' "$line" | grep -q "^{\"objective\":\"$objective\",\"slope\":$number,\"slope_error\":$number,\"ranks\":\[1,2,4,8,16,32\],\"bias\":\[$six\],\"bias_error\":\[$six\]}\$" ||
        fail "not the promised members: $line"
    printf '%s\n' "$line" | sed 's/.*"slope":\([^,]*\),"slope_error":\([^,]*\),.*/\1 \2/' |
        awk -v tolerance="$([ $objective = network ] && echo 0.1 || echo 0.05)" '
            !($1 > -1 - tolerance && $1 < -1 + tolerance && $2 > 0 && $2 < 0.05) { exit 1 }' ||
        fail "the slope of $objective: $line"
done
[ "$(wc -l < curves.jsonl)" -eq 4 ] || fail "more lines than objectives"

# Every point against the closed form once more, from the files: objective,rank,bias,bias_error,closed_form,samples.
awk -F, 'NR > 1 && $1 != "network" {
    ++points
    deviation = ($3 - $5) / $4
    if (!(deviation < 4 && deviation > -4 && $4 > 0)) { print "FAILED: " $0; exit 1 }
} END { if (points != 18) { print "FAILED: " points " points in bias.csv"; exit 1 } }' files/bias.csv

for file in slopes densities density_curves cost regimes; do
    [ "$(wc -l < "files/$file.csv")" -gt 1 ] || fail "$file.csv is empty"
done

# What can't be is refused with a message, before anything is measured.
refused() {
    message=$1
    shift
    status=0
    "$program" --quick "$@" > output.txt 2>&1 || status=$?
    [ $status -ne 0 ] && [ $status -lt 128 ] || fail "exit status $status: $*"
    grep -q -e "$message" output.txt || fail "'$*' does not say '$message': $(cat output.txt)"
}
refused "does not exist" --text nowhere.txt
refused "nonsense" --nonsense
refused "curves.jsonl" --csv curves.jsonl
refused "nowhere" --json nowhere/curves.jsonl
"$program" --help > help.txt || fail "--help fails"
for option in quick check seed threads text csv json; do
    grep -q -e "--$option" help.txt || fail "--help does not name --$option"
done

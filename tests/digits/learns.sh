#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# EGGROLL and OpenES learn to tell the classes apart, the result file says so, and a validation part is one.
. "$(dirname "$0")/common.sh"

for perturbation in lowrank fullrank; do
    small_run --perturbation $perturbation --generations 200 --learning-rate 0.05 --json $perturbation.json > output.txt
    for member in test_accuracy log_likelihood seconds evaluations generations train_digits measured_digits \
        parameter_hash settings; do
        grep -q "\"$member\":" $perturbation.json || fail "the result has no $member: $(cat $perturbation.json)"
    done
    [ "$(value evaluations $perturbation.json)" = 12800 ] || fail "200 generations of 64 are 12800 evaluations"
    [ "$(value train_digits $perturbation.json)" = 320 ] || fail "four fifths of 400 digits are 320"
    accuracy=$(value test_accuracy $perturbation.json)
    awk "BEGIN { exit !($accuracy > 0.95) }" || fail "$perturbation names $accuracy of the held-out digits"
    grep -q "held-out accuracy" output.txt || fail "no accuracy printed"
done

# One generation does not.
small_run --generations 1 --json short.json > output.txt
awk "BEGIN { exit !($(value test_accuracy short.json) < 0.5) }" || fail "learned in one generation: the test is too easy"

# Settings are chosen without looking at the held-out digits.
small_run --validation 20 --json validation.json > output.txt
[ "$(value measured_digits validation.json)" = 20 ] || fail "--validation 20 measures $(cat validation.json)"
[ "$(value train_digits validation.json)" = 300 ] || fail "--validation 20 leaves 300 of 320 to learn from"
grep -q '"validation_accuracy"' validation.json || fail "a validation result must be called one"
grep -q test_accuracy validation.json && fail "--validation looks at the held-out digits"

# The usual split, where the training files are there.
mkdir both
cp data/* both
images 100 > both/train-images-idx3-ubyte.gz # plain files are read too
labels 100 | gzip > both/train-labels-idx1-ubyte.gz
small_run --data both --train-limit 70 --json both.json > output.txt
[ "$(value train_digits both.json)" = 70 ] || fail "--train-limit 70: $(cat both.json)"
[ "$(value measured_digits both.json)" = 400 ] || fail "all of the test set is held out: $(cat both.json)"

# A recipe sets what the command line leaves open.
small_run --recipe quick --json recipe.json > output.txt
[ "$(value recipe recipe.json)" = quick ] || fail "the result does not name its recipe"
[ "$(value population recipe.json)" = 64 ] || fail "the command line does not override the recipe"

# The accuracy on the way.
small_run --measurements 5 > output.txt
[ "$(grep -c "^generation" output.txt)" = 5 ] || fail "--measurements 5 of 5 generations: $(cat output.txt)"

# Time ends a run.
small_run --generations 1000000000 --measurements 0 --seconds 0.2 --json time.json > output.txt
[ "$(value generations time.json)" -gt 0 ] || fail "--seconds 0.2: $(cat time.json)"

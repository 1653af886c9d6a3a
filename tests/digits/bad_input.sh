#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What can't be read or run gets a message that names it, and an exit status other than 0.
. "$(dirname "$0")/common.sh"

# spoil NAME: a copy of the data, to be spoilt.
spoil() {
    mkdir "$1"
    cp data/* "$1"
}

status=0
"$program" > output.txt 2>&1 || status=$?
[ $status -ne 0 ] || fail "runs without --data"
grep -q -e "--data" output.txt || fail "does not ask for --data"

refused "not a directory.*docs/recipes.md" --data nowhere
mkdir empty
refused "t10k-images-idx3-ubyte.gz is not there.*docs/recipes.md" --data empty
spoil images_only
rm images_only/t10k-labels-idx1-ubyte.gz
refused "t10k-labels-idx1-ubyte.gz is not there" --data images_only
spoil truncated
head -c 2000 data/t10k-images-idx3-ubyte.gz > truncated/t10k-images-idx3-ubyte.gz
refused "t10k-images.*\(damaged\|cut off\)" --data truncated
spoil plain_truncated
images 400 | head -c 2000 > plain_truncated/t10k-images-idx3-ubyte.gz
refused "ends after 2000 bytes" --data plain_truncated
spoil damaged
{ head -c 3000 data/t10k-images-idx3-ubyte.gz; printf 'damaged'; tail -c +3008 data/t10k-images-idx3-ubyte.gz; } \
    > damaged/t10k-images-idx3-ubyte.gz
refused "t10k-images.*damaged" --data damaged
spoil too_long
{ images 400; printf 'x'; } | gzip > too_long/t10k-images-idx3-ubyte.gz
refused "more bytes than its header says" --data too_long
spoil text
printf 'no digits here' | gzip > text/t10k-images-idx3-ubyte.gz
refused "no IDX file of bytes with 3 dimensions" --data text
spoil swapped
cp data/t10k-images-idx3-ubyte.gz swapped/t10k-labels-idx1-ubyte.gz
refused "no IDX file of bytes with 1 dimension;" --data swapped
spoil fewer
labels 399 | gzip > fewer/t10k-labels-idx1-ubyte.gz
refused "400 images.*399 labels" --data fewer
spoil label
{ labels 400 | head -c 407; printf '\012'; } | gzip > label/t10k-labels-idx1-ubyte.gz
refused "the label 10" --data label
spoil huge
printf '\000\000\010\003\377\377\377\377\377\377\377\377\377\377\377\377' | gzip > huge/t10k-images-idx3-ubyte.gz
refused "a dimension of 4294967295" --data huge

refused "population is 7" --population 7
refused "rank is 0" --rank 0
refused "sigma is 0" --sigma 0
refused "batch is 0" --batch 0
refused "generations is 0" --generations 0
refused "hidden is 0" --hidden 16,0
refused "validation 320 leaves none" --validation 320
refused "perturbation" --perturbation middlerank
refused "recipe" --recipe nonsense
refused "nonsense" --nonsense 3
refused "nowhere/result.json" --json nowhere/result.json

"$program" --help > help.txt || fail "--help fails"
for option in data perturbation rank sigma population batch input hidden reward shaping optimizer learning-rate \
    generations seconds seed recipe train-limit validation measurements json; do
    grep -q -e "--$option" help.txt || fail "--help does not name --$option"
done

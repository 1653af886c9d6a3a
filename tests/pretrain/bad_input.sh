#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Any bytes are text; what can't be gets a message that names it, and an exit status other than 0.
. "$(dirname "$0")/common.sh"

# A run small enough for a test. Further options override.
small_run() {
    "$program" --generations 1 --width 16 --layers 1 --checkpoint "" "$@"
}
accepted() {
    "$program" --generations 2 --width 16 --layers 1 --population 16 --checkpoint "" --tokens-per-update 10 \
        --sample 10 "$@" > output.txt 2>&1 || fail "refused: $*: $(cat output.txt)"
}

refused "does not exist" --text nowhere.txt
: > empty.txt
refused "empty" --text empty.txt
refused "population is 1" --text text.txt --population 1
refused "population is 7" --text text.txt --population 7
refused "tokens-per-update" --text text.txt --tokens-per-update 0
refused "sigma-shift" --text text.txt --sigma-shift 40
refused "group size is 48" --text text.txt --population 64 --group-size 48
refused "width" --text text.txt --width 0
refused "device abacus" --text text.txt --device abacus
refused "nonsense" --text text.txt --nonsense 3
refused "checkpoint" --resume --checkpoint nowhere
small_run --generations 1 --checkpoint mine > /dev/null
refused "from another run" --text text.txt --checkpoint mine
small_run --generations 1 --checkpoint mine --overwrite > /dev/null || fail "--overwrite does not begin anew"
if [ "$(id -u)" -ne 0 ]; then
    cp text.txt secret.txt
    chmod 000 secret.txt
    refused "secret.txt" --text secret.txt
fi

printf 'short text' > short.txt
accepted --text short.txt --tokens-per-update 100
head -c 5000 /dev/urandom > binary.bin
accepted --text binary.bin
mkdir mixed
cp binary.bin short.txt empty.txt mixed/
printf 'Gr\303\274\303\237e, \346\226\207\345\255\227\n' > mixed/utf8.txt
accepted --text mixed

"$program" --help > help.txt || fail "--help fails"
for option in text population generations layers width tokens-per-update sigma-shift alpha group-size noise-reuse seed \
    checkpoint resume validate-every log sample device; do
    grep -q -e "--$option" help.txt || fail "--help does not name --$option"
done

# The log: one JSON object a line, with the promised members.
small_run --generations 5 --checkpoint "" --log log.jsonl > /dev/null
for member in '"event":"start"' unigram_bits_per_byte bigram_bits_per_byte '"parameters"' '"settings"' \
    '"event":"generation"' train_bits_per_byte train_table_bits_per_byte tokens_per_second moved_fraction '"seconds"' \
    '"event":"validation"' validation_bits_per_byte '"event":"end"' parameter_hash; do
    grep -q -e "$member" log.jsonl || fail "the log has no $member"
done

# SPDX-License-Identifier: Apache-2.0
# What the tests of the program digits share.
. "$(dirname "$0")/../support/program.sh"

# images COUNT, labels COUNT: IDX files, on stdout. Image i is 6 x 6 pixels, of class i mod 10: three bright pixels at
# places of the class's own, on noise. mawk and gawk agree on these numbers, and so on the files.
idx() {
    awk -v kind="$1" -v count="$2" '
        function byte(value) { printf "\\%03o", value }
        function word(value) { byte(0); byte(0); byte(int(value / 256)); byte(value % 256) }
        BEGIN {
            byte(0); byte(0); byte(8); byte(kind == "images" ? 3 : 1); word(count)
            if (kind == "images") { word(6); word(6) }
            random = 1
            for (i = 0; i < count; ++i) {
                class = i % 10
                if (kind == "labels") { byte(class); continue }
                for (pixel = 0; pixel < 36; ++pixel) {
                    random = (random * 1103 + 12345) % 65536
                    bright = pixel == (7 * class) % 36 || pixel == (11 * class + 3) % 36 || pixel == (5 * class + 17) % 36
                    byte(bright ? 155 + int(random / 656) : int(random / 656))
                }
            }
        }'
}
images() { printf "$(idx images "$1")"; }
labels() { printf "$(idx labels "$1")"; }

# 400 digits as a user has them: the last 80 are held out.
mkdir data
images 400 | gzip > data/t10k-images-idx3-ubyte.gz
labels 400 | gzip > data/t10k-labels-idx1-ubyte.gz

# A run small enough for a test. Further options override.
small_run() {
    "$program" --data data --population 64 --batch 32 --hidden 16 --generations 5 "$@"
}

# value NAME FILE: a number or string of the result file.
value() {
    sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p" "$2"
}

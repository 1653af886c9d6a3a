# SPDX-License-Identifier: Apache-2.0
# cmake -DCOMPILER=<c++> -DFLAGS=<response file> -DFILE=<source> -P check.cmake

file(READ "${FILE}" source)
if(NOT source MATCHES "\n// expected-error: \"([^\"]+)\"\n")
    message(FATAL_ERROR "${FILE}: needs a line of the form // expected-error: \"text\"")
endif()
# A text too long for its line goes on in the next comment line.
string(REPLACE "\n// " " " text "${CMAKE_MATCH_1}")

set(ENV{LC_ALL} C)
execute_process(COMMAND "${COMPILER}" "@${FLAGS}" -fsyntax-only "${FILE}"
                RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(status EQUAL 0)
    message(FATAL_ERROR "${FILE} compiles, but must fail with: ${text}")
endif()

string(REGEX MATCH "[^\n]*error: [^\n]*" first_error "${output}")
string(FIND "${first_error}" "${text}" position)
if(position EQUAL -1)
    message(FATAL_ERROR "${FILE}: the first error is\n  ${first_error}\nand should contain\n  ${text}\nThe compiler said:\n${output}")
endif()

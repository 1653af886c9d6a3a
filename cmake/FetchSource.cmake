# SPDX-License-Identifier: Apache-2.0
# Getting the source of a dependency that is not installed, from the first place that has it.

include_guard()
include(FetchContent)

set(EGGROLL_DEPENDENCY_MIRROR "" CACHE STRING
    "Directory or URL that holds the archives of the dependencies; tried before the network. Also read from the environment")
set(EGGROLL_DEPENDENCY_CACHE "${PROJECT_BINARY_DIR}/_dependencies" CACHE PATH
    "Where archives and sources of fetched dependencies are kept; build trees may share it")

# The archive sites that apt is configured with: a Debian-like machine can reach those even where it reaches nothing else.
function(_eggroll_apt_sites result)
    get_property(known GLOBAL PROPERTY _eggroll_apt_sites SET)
    if(NOT known)
        find_program(EGGROLL_APT_GET apt-get)
        mark_as_advanced(EGGROLL_APT_GET)
        set(sites "")
        if(EGGROLL_APT_GET)
            execute_process(COMMAND "${EGGROLL_APT_GET}" indextargets --format "$(SITE)"
                            OUTPUT_VARIABLE sites ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
            string(REPLACE "\n" ";" sites "${sites}")
            list(FILTER sites INCLUDE REGEX "^https?://")
            list(REMOVE_DUPLICATES sites)
        endif()
        set_property(GLOBAL PROPERTY _eggroll_apt_sites "${sites}")
    endif()
    get_property(sites GLOBAL PROPERTY _eggroll_apt_sites)
    set(${result} "${sites}" PARENT_SCOPE)
endfunction()

# Every place to try for one archive: the mirror, then what `places` lists. A place beginning with pool/ is a path in the
# archive of a Debian-like distribution.
function(_eggroll_expand_places result mirror file places)
    set(urls "")
    if(mirror MATCHES "^[a-z]+://")
        list(APPEND urls "${mirror}/${file}")
    elseif(mirror)
        get_filename_component(directory "${mirror}" ABSOLUTE BASE_DIR "${CMAKE_SOURCE_DIR}")
        list(APPEND urls "file://${directory}/${file}")
    endif()
    foreach(place IN LISTS places)
        if(place MATCHES "^pool/")
            _eggroll_apt_sites(sites)
            list(TRANSFORM sites APPEND "/${place}")
            list(APPEND urls ${sites})
        else()
            list(APPEND urls "${place}")
        endif()
    endforeach()
    set(${result} "${urls}" PARENT_SCOPE)
endfunction()

# eggroll_fetch_source(<result> <directory> ARCHIVE <file> <sha256> <place>... [ARCHIVE ...])
#
# Sets <result> to a directory under EGGROLL_DEPENDENCY_CACHE with the unpacked source. A release that is packed in more
# than one way, each with its own hash, lists several archives. Fails with every place that was tried and what to do.
function(eggroll_fetch_source result directory)
    set(source "${EGGROLL_DEPENDENCY_CACHE}/${directory}")
    set(${result} "${source}" PARENT_SCOPE)
    file(LOCK "${EGGROLL_DEPENDENCY_CACHE}" DIRECTORY GUARD FUNCTION TIMEOUT 900)
    if(IS_DIRECTORY "${source}")
        return()
    endif()

    set(mirror "${EGGROLL_DEPENDENCY_MIRROR}")
    if(NOT mirror)
        set(mirror "$ENV{EGGROLL_DEPENDENCY_MIRROR}")
    endif()

    # Unpack the argument list into one "file|sha256|url" entry per attempt.
    set(attempts "")
    set(remaining ${ARGN})
    set(files "")
    while(remaining)
        list(POP_FRONT remaining keyword file sha256)
        if(NOT keyword STREQUAL "ARCHIVE")
            message(FATAL_ERROR "eggroll_fetch_source(${directory}): expected ARCHIVE, got '${keyword}'")
        endif()
        list(APPEND files "${file}")
        list(FIND remaining "ARCHIVE" next)
        list(SUBLIST remaining 0 ${next} places)
        if(next EQUAL -1)
            set(remaining "")
        else()
            list(SUBLIST remaining ${next} -1 remaining)
        endif()
        _eggroll_expand_places(urls "${mirror}" "${file}" "${places}")
        foreach(url IN LISTS urls)
            list(APPEND attempts "${file}|${sha256}|${url}")
        endforeach()
    endwhile()

    set(staging "${EGGROLL_DEPENDENCY_CACHE}/.incoming")
    set(failures "")
    foreach(attempt IN LISTS attempts)
        string(REPLACE "|" ";" attempt "${attempt}")
        list(GET attempt 0 file)
        list(GET attempt 1 sha256)
        list(GET attempt 2 url)
        file(REMOVE_RECURSE "${staging}")
        file(DOWNLOAD "${url}" "${staging}/${file}" STATUS status TIMEOUT 300 INACTIVITY_TIMEOUT 20)
        list(GET status 0 code)
        list(GET status 1 reason)
        if(code EQUAL 0)
            file(SHA256 "${staging}/${file}" actual)
            if(NOT actual STREQUAL sha256)
                set(code 1)
                set(reason "has SHA256 ${actual}, expected ${sha256}")
            endif()
        endif()
        if(code EQUAL 0)
            message(STATUS "eggroll: ${directory} from ${url}")
            file(ARCHIVE_EXTRACT INPUT "${staging}/${file}" DESTINATION "${staging}/unpacked")
            file(GLOB unpacked "${staging}/unpacked/*")
            # A rename is atomic: no interrupted run leaves half a source tree behind.
            file(RENAME "${unpacked}" "${source}")
            file(REMOVE_RECURSE "${staging}")
            return()
        endif()
        string(APPEND failures "  ${url}\n    ${reason}\n")
    endforeach()
    file(REMOVE_RECURSE "${staging}")
    list(JOIN files " or " files)
    message(FATAL_ERROR
        "eggroll needs ${directory}. It was not found installed, and could not be fetched from any of these places:\n"
        "${failures}"
        "Remedy: install it where find_package looks (CMAKE_PREFIX_PATH), or put ${files} in a directory "
        "and configure with -DEGGROLL_DEPENDENCY_MIRROR=<that directory or a URL>.")
endfunction()

# Adds the fetched source of a CMake project to this build. FETCHCONTENT_SOURCE_DIR_<NAME> replaces the download, as always.
macro(eggroll_add_source name)
    string(TOUPPER "${name}" _eggroll_upper)
    if(NOT FETCHCONTENT_SOURCE_DIR_${_eggroll_upper})
        eggroll_fetch_source(FETCHCONTENT_SOURCE_DIR_${_eggroll_upper} ${ARGN})
    endif()
    FetchContent_Declare(${name} SOURCE_DIR "${FETCHCONTENT_SOURCE_DIR_${_eggroll_upper}}" SYSTEM)
    FetchContent_MakeAvailable(${name})
endmacro()

# Makes <target> from the headers of a fetched source, for header-only libraries whose own build would only add time. It is an
# imported target, so compilers see its headers as system headers and exports name it without containing it.
macro(eggroll_add_headers target name subdirectory)
    string(TOUPPER "${name}" _eggroll_upper)
    if(NOT FETCHCONTENT_SOURCE_DIR_${_eggroll_upper})
        eggroll_fetch_source(FETCHCONTENT_SOURCE_DIR_${_eggroll_upper} ${ARGN})
    endif()
    add_library(${target} INTERFACE IMPORTED GLOBAL)
    target_include_directories(${target} INTERFACE "${FETCHCONTENT_SOURCE_DIR_${_eggroll_upper}}/${subdirectory}")
endmacro()

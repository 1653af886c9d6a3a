# SPDX-License-Identifier: Apache-2.0
# The libraries that the plain product is also computed by: eggroll_plain_products, with Eigen always, OpenBLAS and oneDNN where
# they are installed. Nothing is fetched for them.

include_guard()
include(CheckCXXCompilerFlag)

eggroll_require_eigen()

add_library(eggroll_plain_products STATIC plain_product.cpp plain_product_eggroll.cpp plain_product_eigen.cpp plain_mlp_eigen.cpp)
target_link_libraries(eggroll_plain_products
    PRIVATE eggroll::eggroll eggroll_developer_options Eigen3::Eigen
    PUBLIC benchmark::benchmark)

# A baseline at its best: the library itself needs no such flags. Without asserts, and on one thread. g++ 12 takes the undefined
# operands of its own AVX-512 intrinsics for uninitialised variables.
check_cxx_compiler_flag(-march=native EGGROLL_HAS_MARCH_NATIVE)
set_source_files_properties(plain_product_eigen.cpp plain_mlp_eigen.cpp PROPERTIES
    COMPILE_OPTIONS "-O3;$<$<BOOL:${EGGROLL_HAS_MARCH_NATIVE}>:-march=native>;$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-uninitialized>"
    COMPILE_DEFINITIONS "EIGEN_DONT_PARALLELIZE;EIGEN_NO_DEBUG")

# Their headers and libraries are looked for rather than their CMake packages, which on Debian also ask for OpenCL's headers.
find_path(EGGROLL_OPENBLAS_INCLUDE cblas.h PATH_SUFFIXES openblas-pthread openblas)
find_library(EGGROLL_OPENBLAS openblas PATH_SUFFIXES openblas-pthread)
find_path(EGGROLL_ONEDNN_INCLUDE oneapi/dnnl/dnnl.h)
find_library(EGGROLL_ONEDNN dnnl)
mark_as_advanced(EGGROLL_OPENBLAS EGGROLL_OPENBLAS_INCLUDE EGGROLL_ONEDNN EGGROLL_ONEDNN_INCLUDE)

# eggroll_add_plain_product(<name> <macro> <source> <include directory> <library> <Debian package>)
function(eggroll_add_plain_product name macro source include library package)
    if(NOT include OR NOT library)
        message(STATUS "eggroll: ${name} was not found, the plain products are measured without it (Debian: ${package})")
        return()
    endif()
    message(STATUS "eggroll: plain products also by ${name}, ${library}")
    target_sources(eggroll_plain_products PRIVATE ${source})
    target_include_directories(eggroll_plain_products SYSTEM PRIVATE "${include}")
    target_compile_definitions(eggroll_plain_products PRIVATE ${macro})
    target_link_libraries(eggroll_plain_products PRIVATE "${library}")
endfunction()

eggroll_add_plain_product(OpenBLAS EGGROLL_BENCHMARK_OPENBLAS plain_product_openblas.cpp
    "${EGGROLL_OPENBLAS_INCLUDE}" "${EGGROLL_OPENBLAS}" libopenblas-dev)
eggroll_add_plain_product(oneDNN EGGROLL_BENCHMARK_ONEDNN plain_product_onednn.cpp
    "${EGGROLL_ONEDNN_INCLUDE}" "${EGGROLL_ONEDNN}" libdnnl-dev)

// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The element types of safetensors files: their names in the file, sizes in bytes, and the C++ types that hold them.

#include <eggroll/error.hpp>
#include <eggroll/storage/bfloat16.hpp>
#include <eggroll/storage/half.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eggroll::io {

/// Element type of a stored tensor. `f16` and `bf16` are eggroll::half and eggroll::bfloat16. The 8-bit floats have no
/// C++ type: specialise DTypeOf for a type of the same size to read and write them as values.
enum class DType : std::uint8_t {
    boolean,
    u8,
    i8,
    f8_e5m2,
    f8_e4m3,
    u16,
    i16,
    f16,
    bf16,
    u32,
    i32,
    f32,
    u64,
    i64,
    f64,
};

/// Extents, outermost first; empty for a scalar.
using Shape = std::vector<std::uint64_t>;

namespace detail {

struct DTypeRow {
    DType dtype;
    std::string_view name;
    std::size_t size; // bytes
};

inline constexpr std::array<DTypeRow, 15> dtype_rows = {{
    {DType::boolean, "BOOL", 1},
    {DType::u8, "U8", 1},
    {DType::i8, "I8", 1},
    {DType::f8_e5m2, "F8_E5M2", 1},
    {DType::f8_e4m3, "F8_E4M3", 1},
    {DType::u16, "U16", 2},
    {DType::i16, "I16", 2},
    {DType::f16, "F16", 2},
    {DType::bf16, "BF16", 2},
    {DType::u32, "U32", 4},
    {DType::i32, "I32", 4},
    {DType::f32, "F32", 4},
    {DType::u64, "U64", 8},
    {DType::i64, "I64", 8},
    {DType::f64, "F64", 8},
}};

constexpr bool dtype_rows_are_in_order() {
    for (std::size_t i = 0; i < dtype_rows.size(); ++i) {
        if (static_cast<std::size_t>(dtype_rows[i].dtype) != i) {
            return false;
        }
    }
    return true;
}
static_assert(dtype_rows_are_in_order(), "dtype_rows is indexed by DType");

} // namespace detail

/// Bytes of one element.
constexpr std::size_t size_of(DType dtype) {
    return detail::dtype_rows[static_cast<std::size_t>(dtype)].size;
}

/// The name that stands in a file, such as "F32".
constexpr std::string_view name_of(DType dtype) {
    return detail::dtype_rows[static_cast<std::size_t>(dtype)].name;
}

/// The inverse of name_of; nothing for a name that this library does not know.
constexpr std::optional<DType> dtype_named(std::string_view name) {
    for (detail::DTypeRow const& row : detail::dtype_rows) {
        if (row.name == name) {
            return row.dtype;
        }
    }
    return std::nullopt;
}

/// The DType that a C++ type is stored as. Specialise it for your own wrappers. `bool` is left out on
/// purpose: a byte of a file that is neither 0 nor 1 is not a bool.
template <class T>
struct DTypeOf;

template <DType Value>
struct DTypeConstant {
    static constexpr DType value = Value;
};

// clang-format off
template <> struct DTypeOf<std::uint8_t> : DTypeConstant<DType::u8> {};
template <> struct DTypeOf<std::int8_t> : DTypeConstant<DType::i8> {};
template <> struct DTypeOf<std::uint16_t> : DTypeConstant<DType::u16> {};
template <> struct DTypeOf<std::int16_t> : DTypeConstant<DType::i16> {};
template <> struct DTypeOf<half> : DTypeConstant<DType::f16> {};
template <> struct DTypeOf<bfloat16> : DTypeConstant<DType::bf16> {};
template <> struct DTypeOf<std::uint32_t> : DTypeConstant<DType::u32> {};
template <> struct DTypeOf<std::int32_t> : DTypeConstant<DType::i32> {};
template <> struct DTypeOf<float> : DTypeConstant<DType::f32> {};
template <> struct DTypeOf<std::uint64_t> : DTypeConstant<DType::u64> {};
template <> struct DTypeOf<std::int64_t> : DTypeConstant<DType::i64> {};
template <> struct DTypeOf<double> : DTypeConstant<DType::f64> {};
// clang-format on

/// A type whose values can be stored in, and read from, a safetensors file.
template <class T>
concept StoredElement = requires {
    DTypeOf<T>::value;
}
&&sizeof(T) == size_of(DTypeOf<T>::value);

/// "[3, 4]", for messages.
inline std::string to_string(Shape const& shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
    }
    return text + "]";
}

/// Bytes of a tensor; nothing if they don't fit 64 bits.
constexpr std::optional<std::uint64_t> byte_size(DType dtype, Shape const& shape) {
    std::uint64_t bytes = size_of(dtype);
    for (std::uint64_t const extent : shape) {
        if (extent != 0 && bytes > std::numeric_limits<std::uint64_t>::max() / extent) {
            return std::nullopt;
        }
        bytes *= extent;
    }
    return bytes;
}

} // namespace eggroll::io

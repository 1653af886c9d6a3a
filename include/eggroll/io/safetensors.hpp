// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Reading and writing safetensors files: eight bytes of header length, a JSON header that gives each tensor's type,
/// shape and place, then the tensors' bytes without gaps. Everything is little-endian.

#include <eggroll/error.hpp>
#include <eggroll/io/atomic_file.hpp>
#include <eggroll/io/dtype.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

namespace eggroll::io {

static_assert(std::endian::native == std::endian::little,
              "safetensors files are little-endian, and this reader and writer copy bytes as they are");

/// Longest header that is read or written: what the format's own implementation accepts.
inline constexpr std::uint64_t max_safetensors_header = 100'000'000;

namespace detail {

inline constexpr char const* metadata_key = "__metadata__";

/// Parses a header, refusing what a plain parse lets pass: equal keys in one object, and nesting deeper than a header
/// has, which would cost memory out of proportion to the file. Throws eggroll::Error and nlohmann exceptions.
inline nlohmann::json parse_safetensors_header(std::string_view text) {
    std::array<std::set<std::string>, 3> keys; // (depth): those met in the object that is open at this depth
    auto const inspect = [&keys](int depth, nlohmann::json::parse_event_t event, nlohmann::json const& parsed) {
        using Event = nlohmann::json::parse_event_t;
        if (event == Event::object_start || event == Event::array_start) {
            EGGROLL_EXPECTS(depth <= 2, "its header is nested deeper than a safetensors header");
            if (event == Event::object_start && depth < 2) {
                keys[static_cast<std::size_t>(depth) + 1].clear();
            }
        } else if (event == Event::key && depth <= 2) {
            EGGROLL_EXPECTS(keys[static_cast<std::size_t>(depth)].insert(parsed.get<std::string>()).second,
                            "its header has '" + parsed.get<std::string>() + "' twice");
        }
        return true;
    };
    return nlohmann::json::parse(text.begin(), text.end(), inspect);
}

/// A JSON array of unsigned 64-bit integers, or nothing.
inline std::optional<std::vector<std::uint64_t>> unsigned_array(nlohmann::json const& object, char const* key) {
    auto const found = object.find(key);
    if (found == object.end() || !found->is_array()) {
        return std::nullopt;
    }
    std::vector<std::uint64_t> values;
    for (nlohmann::json const& value : *found) {
        if (!value.is_number_unsigned()) {
            return std::nullopt;
        }
        values.push_back(value.get<std::uint64_t>());
    }
    return values;
}

} // namespace detail

/// A tensor of an open file.
struct StoredTensor {
    DType dtype = DType::u8;
    Shape shape;
    std::span<std::byte const> bytes; // row-major, aligned to 64 bytes, valid as long as the file object lives
};

/// A safetensors file, read and checked as a whole by the constructor, so that it costs its size in memory. Const
/// members may be called from several threads. Every complaint is an eggroll::Error that names file and tensor.
class SafetensorsFile {
public:
    explicit SafetensorsFile(std::filesystem::path path) : path_(std::move(path)) {
        std::error_code error;
        bool const regular = std::filesystem::is_regular_file(path_, error);
        auto const file_size = static_cast<std::uint64_t>(regular ? std::filesystem::file_size(path_, error) : 0);
        std::ifstream stream(path_, std::ios::binary);
        expects(regular && !error && stream.is_open(),
                "it does not exist, is not a regular file or may not be read; check the path");
        expects(file_size >= sizeof(std::uint64_t),
                "it has " + std::to_string(file_size) +
                    " bytes, fewer than the header's length takes; it is truncated");
        std::uint64_t header_size = 0;
        read(stream, std::as_writable_bytes(std::span(&header_size, 1)));
        std::uint64_t const remaining = file_size - sizeof(std::uint64_t);
        expects(header_size <= max_safetensors_header && header_size <= remaining,
                "its header should have " + std::to_string(header_size) + " bytes, but " + std::to_string(remaining) +
                    " follow, and at most " + std::to_string(max_safetensors_header) +
                    " are allowed; it is truncated or no safetensors file");
        std::string header(static_cast<std::size_t>(header_size), '\0');
        read(stream, std::as_writable_bytes(std::span(header)));
        std::vector<Placed> const placed = parse(header, remaining - header_size);
        read_tensors(stream, placed);
    }

    std::filesystem::path const& path() const { return path_; }

    /// The strings of `__metadata__`; empty without one.
    std::map<std::string, std::string> const& metadata() const { return metadata_; }

    /// The value of a metadata key that must be there.
    std::string const& metadata(std::string const& key) const {
        auto const found = metadata_.find(key);
        expects(found != metadata_.end(), "its metadata lack '" + key + "'");
        return found->second;
    }

    /// Names of all tensors, sorted.
    std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (auto const& [name, tensor] : tensors_) {
            names.push_back(name);
        }
        return names;
    }

    bool contains(std::string const& name) const { return tensors_.contains(name); }

    StoredTensor const& tensor(std::string const& name) const {
        auto const found = tensors_.find(name);
        expects(found != tensors_.end(),
                "it has no tensor '" + name + "'; it has " + std::to_string(tensors_.size()) +
                    (tensors_.empty() ? "" : ", the first is '" + tensors_.begin()->first + "'"));
        return found->second;
    }

    /// The elements of a tensor, row-major. T must be the stored type: nothing is converted.
    template <StoredElement T>
    std::span<T const> values(std::string const& name) const {
        StoredTensor const& found = tensor(name);
        expects(found.dtype == DTypeOf<T>::value, "tensor '" + name + "' has type " +
                                                      std::string(name_of(found.dtype)) + ", not " +
                                                      std::string(name_of(DTypeOf<T>::value)));
        return {reinterpret_cast<T const*>(found.bytes.data()), found.bytes.size() / sizeof(T)};
    }

private:
    static constexpr std::align_val_t alignment{64};
    struct Release {
        void operator()(std::byte* bytes) const { ::operator delete(bytes, alignment); }
    };
    struct Placed {
        std::uint64_t begin = 0; // relative to the first byte after the header
        std::uint64_t end = 0;
        std::string name;
    };

    void expects(bool condition, std::string const& complaint) const {
        EGGROLL_EXPECTS(condition, "cannot read " + path_.string() + ": " + complaint);
    }

    void read(std::ifstream& stream, std::span<std::byte> bytes) const {
        stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        expects(static_cast<std::size_t>(stream.gcount()) == bytes.size(), "it ended early or could not be read");
    }

    /// Fills metadata_, and types and shapes in tensors_. Returns the tensors in the file's order.
    std::vector<Placed> parse(std::string_view text, std::uint64_t data_size) {
        expects(text.starts_with('{'), "its header is no JSON object; it is damaged or no safetensors file");
        nlohmann::json header;
        try {
            header = detail::parse_safetensors_header(text);
        } catch (nlohmann::json::exception const& exception) {
            expects(false, std::string("its header is not valid JSON: ") + exception.what());
        } catch (Error const& exception) {
            expects(false, exception.what());
        }
        std::vector<Placed> placed; // (tensor)
        for (auto const& [name, description] : header.items()) {
            if (name == detail::metadata_key) {
                parse_metadata(description);
            } else {
                placed.push_back(parse_tensor(name, description, data_size));
            }
        }
        std::ranges::sort(placed, {}, [](Placed const& one) { return std::tie(one.begin, one.end, one.name); });
        std::uint64_t expected = 0;
        for (Placed const& one : placed) {
            expects(one.begin == expected, "tensor '" + one.name + "' begins at byte " + std::to_string(one.begin) +
                                               " of the data, but the one before ends at " + std::to_string(expected) +
                                               "; tensors may neither overlap nor leave gaps");
            expected = one.end;
        }
        expects(expected == data_size, "its tensors take " + std::to_string(expected) + " bytes, but " +
                                           std::to_string(data_size) + " follow the header; it is damaged");
        return placed;
    }

    void parse_metadata(nlohmann::json const& metadata) {
        expects(metadata.is_object(), "its __metadata__ is no JSON object");
        for (auto const& [key, value] : metadata.items()) {
            expects(value.is_string(), "the value of '" + key + "' in its __metadata__ is no string");
            metadata_.emplace(key, value.get<std::string>());
        }
    }

    Placed parse_tensor(std::string const& name, nlohmann::json const& description, std::uint64_t data_size) {
        std::string const who = "tensor '" + name + "' ";
        expects(description.is_object(), who + "is not described by a JSON object");
        auto const type = description.find("dtype");
        expects(type != description.end() && type->is_string(), who + "has no dtype");
        std::optional<DType> const dtype = dtype_named(type->get_ref<std::string const&>());
        expects(dtype.has_value(), who + "has the type '" + type->get<std::string>() + "', which is not known here");
        std::optional<Shape> const shape = detail::unsigned_array(description, "shape");
        expects(shape.has_value(), who + "has no shape of whole numbers");
        auto const offsets = detail::unsigned_array(description, "data_offsets");
        expects(offsets.has_value() && offsets->size() == 2, who + "has no pair of data_offsets");
        Placed placed{(*offsets)[0], (*offsets)[1], name};
        std::string const range = "[" + std::to_string(placed.begin) + ", " + std::to_string(placed.end) + ")";
        expects(placed.begin <= placed.end && placed.end <= data_size,
                who + "lies at bytes " + range + ", but the file has " + std::to_string(data_size) + " bytes of data");
        std::optional<std::uint64_t> const bytes = byte_size(*dtype, *shape);
        expects(bytes == placed.end - placed.begin, who + "lies at bytes " + range +
                                                        ", which does not match its shape " + to_string(*shape) +
                                                        " of " + std::string(name_of(*dtype)));
        tensors_[name] = {*dtype, *shape, {}};
        return placed;
    }

    /// Puts each tensor at an aligned place of one allocation, whatever its place in the file.
    void read_tensors(std::ifstream& stream, std::vector<Placed> const& placed) {
        auto const padded = [](Placed const& one) {
            std::uint64_t const unit = static_cast<std::uint64_t>(alignment);
            return static_cast<std::size_t>((one.end - one.begin + unit - 1) / unit * unit);
        };
        std::size_t total = 0;
        for (Placed const& one : placed) {
            total += padded(one);
        }
        storage_.reset(static_cast<std::byte*>(::operator new(total, alignment)));
        std::size_t position = 0;
        for (Placed const& one : placed) {
            std::span const bytes(storage_.get() + position, static_cast<std::size_t>(one.end - one.begin));
            read(stream, bytes);
            tensors_[one.name].bytes = bytes;
            position += padded(one);
        }
    }

    std::filesystem::path path_;
    std::map<std::string, std::string> metadata_;
    std::map<std::string, StoredTensor> tensors_; // by name
    std::unique_ptr<std::byte, Release> storage_;
};

/// Collects tensors, which it does not copy, and writes them in one go. The file depends on the tensors' names and
/// contents only, not on the order in which they were added: larger element types come first, then the order of
/// names, and the data begin at a multiple of 8, so that every tensor lies aligned in the file.
class SafetensorsWriter {
public:
    /// Adds or replaces a metadata string (UTF-8).
    void set_metadata(std::string const& key, std::string value) {
        quoted(key);
        quoted(value);
        metadata_[key] = std::move(value);
    }

    /// Adds a tensor of `shape`; the bytes, row-major, must stay alive and unchanged until `write`. Throws
    /// eggroll::Error for a name that exists or is not UTF-8, and for bytes that don't match the shape.
    void add(std::string const& name, DType dtype, Shape shape, std::span<std::byte const> bytes) {
        quoted(name);
        EGGROLL_EXPECTS(name != detail::metadata_key,
                        "a tensor may not be named '" + name + "': it means the metadata");
        EGGROLL_EXPECTS(byte_size(dtype, shape) == bytes.size(),
                        "tensor '" + name + "' of shape " + to_string(shape) + " and type " +
                            std::string(name_of(dtype)) + " was given " + std::to_string(bytes.size()) + " bytes");
        EGGROLL_EXPECTS(!tensors_.contains(name), "tensor '" + name + "' was added before; names must differ");
        tensors_.emplace(name, StoredTensor{dtype, std::move(shape), bytes});
    }

    /// The same for a container or span of a stored type. A temporary container is refused at compile time.
    template <std::ranges::contiguous_range Range>
    requires std::ranges::borrowed_range<Range> && StoredElement<std::ranges::range_value_t<Range>>
    void add(std::string const& name, Shape shape, Range&& values) {
        using Value = std::ranges::range_value_t<Range>;
        std::span<Value const> const elements(std::ranges::data(values), std::ranges::size(values));
        add(name, DTypeOf<Value>::value, std::move(shape), std::as_bytes(elements));
    }

    /// Writes the file through AtomicFile: it appears whole, or the previous one stays.
    void write(std::filesystem::path const& path) const {
        using Entry = std::pair<std::string const, StoredTensor>;
        std::vector<Entry const*> order; // (tensor)
        for (Entry const& entry : tensors_) {
            order.push_back(&entry);
        }
        std::ranges::stable_sort(order, std::ranges::greater{},
                                 [](Entry const* entry) { return size_of(entry->second.dtype); });
        std::string header = "{";
        if (!metadata_.empty()) {
            header += quoted(detail::metadata_key) + ":" + nlohmann::json(metadata_).dump();
        }
        std::uint64_t position = 0;
        for (Entry const* entry : order) {
            auto const& [name, tensor] = *entry;
            std::uint64_t const end = position + tensor.bytes.size();
            header.append(header.size() == 1 ? "" : ",").append(quoted(name)).append(":{\"dtype\":\"");
            header.append(name_of(tensor.dtype)).append("\",\"shape\":").append(nlohmann::json(tensor.shape).dump());
            header.append(",\"data_offsets\":").append(nlohmann::json({position, end}).dump()).append("}");
            position = end;
        }
        header += "}";
        header.resize((header.size() + 7) / 8 * 8, ' ');
        std::uint64_t const header_size = header.size();
        EGGROLL_EXPECTS(header_size <= max_safetensors_header,
                        "cannot write " + path.string() + ": its header would have " + std::to_string(header_size) +
                            " bytes, at most " + std::to_string(max_safetensors_header) + " are allowed");
        AtomicFile file(path);
        file.write(std::as_bytes(std::span(&header_size, 1)));
        file.write(header);
        for (Entry const* entry : order) {
            file.write(entry->second.bytes);
        }
        file.commit();
    }

private:
    /// As a JSON string; throws for what is not UTF-8.
    static std::string quoted(std::string const& text) {
        try {
            return nlohmann::json(text).dump();
        } catch (nlohmann::json::exception const&) {
            throw Error("names and metadata of a safetensors file must be UTF-8; this is not: " + text);
        }
    }

    std::map<std::string, std::string> metadata_;
    std::map<std::string, StoredTensor> tensors_; // by name
};

} // namespace eggroll::io

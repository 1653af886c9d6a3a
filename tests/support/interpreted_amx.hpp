// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Executes AMX where the CPU doesn't: the instructions that the compiler made end in SIGILL, and its handler does what
/// Intel's manual (volume 2) says of them.

#include "amx_instruction.hpp"

#if defined(EGGROLL_HAS_X86_TARGETS) && defined(__linux__)

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <ucontext.h>

namespace eggroll::testing {

/// The tiles of one thread.
struct AmxMachine {
    struct Tile {
        int rows = 0;
        int bytes = 0; // of a row
        std::array<std::array<std::uint8_t, 64>, 16> data{};

        std::uint8_t* row(int r) { return data[static_cast<std::size_t>(r)].data(); }
    };

    std::array<Tile, 8> tiles{};
    bool configured = false;
    std::int64_t products = 0;   // tdpbsud instructions so far
    char const* error = nullptr; // the first thing that a CPU answers with a fault, or that takes tiles from others

    /// False if it is none of the instructions that the kernels use.
    bool execute(AmxInstruction const& i) {
        constexpr int f3 = 2 << 8;
        constexpr int f2 = 3 << 8;
        if (i.name == 0x49 && i.memory && i.reg == 0) { // ldtilecfg
            configure(i.address);
        } else if (i.name == 0x49 && !i.memory && i.reg == 0 && i.rm == 0) { // tilerelease
            require(configured, "tilerelease of tiles that aren't configured");
            configured = false;
        } else if (i.name == (f2 | 0x4b) && i.has_index) { // tileloadd
            load(tile(i.reg), i.address, i.stride);
        } else if (i.name == (f3 | 0x4b) && i.has_index) { // tilestored
            store(tile(i.reg), i.address, i.stride);
        } else if (i.name == (f3 | 0x5e) && !i.memory) { // tdpbsud
            require(i.reg != i.rm && i.reg != i.vvvv && i.rm != i.vvvv, "tdpbsud of a tile with itself");
            add_products(tile(i.reg), tile(i.rm), tile(i.vvvv));
        } else {
            return false;
        }
        return true;
    }

private:
    void configure(std::uint8_t const* bytes) {
        require(!configured, "ldtilecfg of tiles that are in use");
        require(bytes[0] == 1, "ldtilecfg with another palette than 1");
        for (std::size_t n = 1; n < 16; ++n) {
            require(bytes[n] == 0, "ldtilecfg with a start row or reserved bytes");
        }
        for (std::size_t n = 0; n < 16; ++n) {
            int const row_bytes = bytes[16 + 2 * n] | bytes[17 + 2 * n] << 8;
            int const rows = bytes[48 + n];
            bool const fits = n < tiles.size() ? row_bytes <= 64 && rows <= 16 : row_bytes == 0 && rows == 0;
            require(fits, "ldtilecfg beyond eight tiles of 16 rows of 64 bytes");
            if (fits && n < tiles.size()) {
                tiles[n] = {rows, row_bytes, {}};
            }
        }
        configured = true;
    }
    void load(Tile& to, std::uint8_t const* from, std::int64_t stride) {
        to.data = {};
        for (int r = 0; r < to.rows; ++r) {
            std::memcpy(to.row(r), from + r * stride, static_cast<std::size_t>(to.bytes));
        }
    }
    void store(Tile& from, std::uint8_t* to, std::int64_t stride) {
        for (int r = 0; r < from.rows; ++r) {
            std::memcpy(to + r * stride, from.row(r), static_cast<std::size_t>(from.bytes));
        }
    }
    /// sums (row, output) += x (row, 4 k), signed, times w (k, output, 4), unsigned
    void add_products(Tile& sums, Tile& x, Tile& w) {
        require(x.rows == sums.rows && w.bytes == sums.bytes && x.bytes == 4 * w.rows, "tdpbsud of shapes that differ");
        for (int r = 0; r < sums.rows; ++r) {
            for (int output = 0; output < sums.bytes; output += 4) {
                std::uint32_t sum = 0; // wraps
                std::memcpy(&sum, sums.row(r) + output, 4);
                for (int k = 0; k < x.bytes; ++k) {
                    int const element = static_cast<std::int8_t>(x.row(r)[k]);
                    sum += static_cast<std::uint32_t>(element * w.row(k / 4)[output + k % 4]);
                }
                std::memcpy(sums.row(r) + output, &sum, 4);
            }
        }
        ++products;
    }

    Tile& tile(int number) {
        require(number < 8, "a tile beyond the eighth");
        require(configured, "tiles in use that aren't configured");
        return tiles[static_cast<std::size_t>(number % 8)];
    }
    void require(bool condition, char const* otherwise) {
        if (!condition && error == nullptr) {
            error = otherwise;
        }
    }
};

/// Handles SIGILL while it lives. For one thread.
class InterpretedAmx {
public:
    InterpretedAmx() {
        machine_ = {};
        struct sigaction action {};
        action.sa_sigaction = handle;
        action.sa_flags = SA_SIGINFO;
        sigaction(SIGILL, &action, &before_);
    }
    ~InterpretedAmx() { sigaction(SIGILL, &before_, nullptr); }
    InterpretedAmx(InterpretedAmx const&) = delete;
    InterpretedAmx& operator=(InterpretedAmx const&) = delete;

    [[nodiscard]] AmxMachine const& machine() const { return machine_; }

private:
    static void handle(int, siginfo_t*, void* context) {
        greg_t* const registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
        AmxInstruction const i(reinterpret_cast<std::uint8_t const*>(registers[REG_RIP]), registers);
        if (machine_.execute(i)) {
            registers[REG_RIP] = reinterpret_cast<greg_t>(i.next);
        } else {
            sigaction(SIGILL, &before_, nullptr); // which meets the instruction again
        }
    }

    static inline AmxMachine machine_;
    static inline struct sigaction before_ {};
};

} // namespace eggroll::testing

#endif

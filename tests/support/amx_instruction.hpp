// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>

#if defined(EGGROLL_HAS_X86_TARGETS) && defined(__linux__)

#include <cstdint>
#include <cstring>

#include <ucontext.h>

namespace eggroll::testing {

/// An AMX instruction, decoded as Intel's manual (volume 2, chapter 2) says: a VEX prefix of three bytes, the opcode
/// map 0F 38.
struct AmxInstruction {
    int name = 0; // the implied prefix (0, 66, F3, F2 as 0 to 3) times 256 + the opcode; -1: none of AMX's
    bool memory = false;
    int reg = 0; // ModRM's
    int rm = 0;
    int vvvv = 0;
    bool has_index = false;
    std::uint8_t* address = nullptr; // of the operand in memory without its index
    std::int64_t stride = 0;         // the scaled index
    std::uint8_t const* next = nullptr;

    AmxInstruction(std::uint8_t const* code, greg_t const* registers) : next(code + 5) {
        bool const known = code[0] == 0xc4 && (code[1] & 0x1f) == 2 && (code[2] & 0x84) == 0; // W and L are 0
        name = known ? (code[2] & 3) << 8 | code[3] : -1;
        memory = code[4] < 0xc0;
        reg = (code[4] >> 3 & 7) | ((code[1] & 0x80) != 0 ? 0 : 8);
        rm = (code[4] & 7) | ((code[1] & 0x20) != 0 ? 0 : 8);
        vvvv = ~(code[2] >> 3) & 15;
        if (memory) {
            decode_address(code[4] >> 6, (code[1] & 0x40) != 0 ? 0 : 8, registers);
        }
    }

private:
    void decode_address(int mod, int index_high, greg_t const* registers) {
        constexpr int number[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                  REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
        int base = rm;
        if (rm % 8 == 4) {
            int const sib = *next++;
            int const index = (sib >> 3 & 7) | index_high;
            has_index = index != 4;
            stride = has_index ? registers[number[index]] << (sib >> 6) : 0;
            base = (sib & 7) | (rm & 8);
        }
        std::int32_t displacement = 0;
        if (mod == 1) {
            displacement = static_cast<std::int8_t>(*next++);
        } else if (mod == 2) {
            std::memcpy(&displacement, next, 4);
            next += 4;
        } else if (base % 8 == 5) {
            name = -1; // relative to the instruction, or without base
        }
        address = reinterpret_cast<std::uint8_t*>(registers[number[base]] + displacement);
    }
};

} // namespace eggroll::testing

#endif

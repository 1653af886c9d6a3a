// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Threads that take turns in one thread of the operating system: each runs until it waits for something that has not
/// happened. A program that forgets a barrier therefore meets the extreme schedule, one thread far ahead of the others.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace eggroll::testing {

class Fibers {
public:
    /// Runs body(0) to body(count - 1). Rethrows the first exception, after the others were abandoned.
    /// \throws std::runtime_error when all that are left wait for ever
    void run(int count, bool last_first, std::function<void(int)> const& body) {
        body_ = &body;
        failure_ = nullptr;
        while (static_cast<int>(fibers_.size()) < count) {
            fibers_.push_back(std::make_unique<Fiber>());
        }
        for (int i = 0; i < count; ++i) {
            start(i);
        }
        int left = count;
        while (left > 0) {
            std::uint64_t const before = progress_;
            for (int turn = 0; turn < count; ++turn) {
                int const i = last_first ? count - 1 - turn : turn;
                if (fibers_[static_cast<std::size_t>(i)]->done) {
                    continue;
                }
                resume(i);
                if (fibers_[static_cast<std::size_t>(i)]->done) {
                    --left;
                    ++progress_;
                }
            }
            if (left > 0 && progress_ == before && !failure_) {
                failure_ = std::make_exception_ptr(
                    std::runtime_error(std::to_string(left) + " threads of a block wait for ever"));
            }
        }
        if (failure_) {
            std::rethrow_exception(failure_);
        }
    }

    /// Of a running fiber: lets others run until `condition` holds.
    template <class Condition>
    void wait_until(Condition const& condition) {
        while (!condition()) {
            yield();
        }
    }
    /// Says that something happened that others may wait for.
    void note_progress() { ++progress_; }

private:
    static constexpr std::size_t stack_bytes = 128 * 1024;

    struct Fiber {
        ucontext_t context{};
        std::unique_ptr<std::byte[]> stack{new std::byte[stack_bytes]};
        bool done = false;
        void* fake_stack = nullptr;
    };
    struct Abandoned {};

    void start(int i) {
        Fiber& fiber = *fibers_[static_cast<std::size_t>(i)];
        fiber.done = false;
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = fiber.stack.get();
        fiber.context.uc_stack.ss_size = stack_bytes;
        fiber.context.uc_link = nullptr;
        auto const address = reinterpret_cast<std::uintptr_t>(this);
        makecontext(&fiber.context, reinterpret_cast<void (*)()>(&Fibers::enter), 3, static_cast<unsigned>(address),
                    static_cast<unsigned>(address >> 32), i);
    }

    static void enter(unsigned low, unsigned high, int i) {
        auto* const self =
            reinterpret_cast<Fibers*>(static_cast<std::uintptr_t>(high) << 32 | static_cast<std::uintptr_t>(low));
        self->arrived_in_fiber();
        try {
            (*self->body_)(i);
        } catch (Abandoned const&) {
        } catch (...) {
            if (!self->failure_) {
                self->failure_ = std::current_exception();
            }
        }
        self->fibers_[static_cast<std::size_t>(i)]->done = true;
        self->leave(i, true);
    }

    void yield() {
        leave(current_, false);
        if (failure_) {
            throw Abandoned{};
        }
    }

#if defined(__SANITIZE_ADDRESS__)
    void resume(int i) {
        Fiber& fiber = *fibers_[static_cast<std::size_t>(i)];
        current_ = i;
        void* fake = nullptr;
        __sanitizer_start_switch_fiber(&fake, fiber.stack.get(), stack_bytes);
        swapcontext(&main_, &fiber.context);
        __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
    }
    void arrived_in_fiber() {
        __sanitizer_finish_switch_fiber(fibers_[static_cast<std::size_t>(current_)]->fake_stack, &main_stack_,
                                        &main_stack_bytes_);
    }
    void leave(int i, bool for_ever) {
        Fiber& fiber = *fibers_[static_cast<std::size_t>(i)];
        __sanitizer_start_switch_fiber(for_ever ? nullptr : &fiber.fake_stack, main_stack_, main_stack_bytes_);
        swapcontext(&fiber.context, &main_);
        arrived_in_fiber();
    }
    void const* main_stack_ = nullptr;
    std::size_t main_stack_bytes_ = 0;
#else
    void resume(int i) {
        current_ = i;
        swapcontext(&main_, &fibers_[static_cast<std::size_t>(i)]->context);
    }
    void arrived_in_fiber() {}
    void leave(int i, bool) {
        swapcontext(&fibers_[static_cast<std::size_t>(i)]->context, &main_);
    }
#endif

    std::vector<std::unique_ptr<Fiber>> fibers_;
    std::function<void(int)> const* body_ = nullptr;
    ucontext_t main_{};
    std::exception_ptr failure_;
    std::uint64_t progress_ = 0;
    int current_ = 0;
};

} // namespace eggroll::testing

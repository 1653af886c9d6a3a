// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace benchmarks {

/// Throws std::runtime_error unless a call succeeded.
inline void check_cuda(cudaError_t result) {
    if (result != cudaSuccess) {
        throw std::runtime_error(std::string("CUDA: ") + cudaGetErrorString(result));
    }
}

/// Marks on a stream, and the milliseconds between neighbours.
class Marks {
public:
    explicit Marks(cudaStream_t stream) : stream_(stream) {}
    Marks(Marks const&) = delete;
    Marks& operator=(Marks const&) = delete;
    ~Marks() {
        for (auto const event : events_) {
            cudaEventDestroy(event);
        }
    }

    void set() {
        events_.emplace_back();
        check_cuda(cudaEventCreate(&events_.back()));
        check_cuda(cudaEventRecord(events_.back(), stream_));
    }
    /// Of the marks but the first, each since the one before. Waits.
    std::vector<double> milliseconds() const {
        std::vector<double> result;
        for (std::size_t i = 1; i < events_.size(); ++i) {
            float time = 0;
            check_cuda(cudaEventSynchronize(events_[i]));
            check_cuda(cudaEventElapsedTime(&time, events_[i - 1], events_[i]));
            result.push_back(static_cast<double>(time));
        }
        return result;
    }

private:
    cudaStream_t stream_;
    std::vector<cudaEvent_t> events_;
};

double median(std::vector<double> values);

/// Milliseconds of cuBLASLt's y (rows, out) = x (rows, in) w (out, in)^T, all bfloat16, sums in float: the median of
/// several runs by the fastest of the algorithms that it proposes. x and y: copies of the operands, taken in turn so
/// that they don't stay in the cache.
double plain_product(cudaStream_t stream, std::int64_t rows, std::int64_t out, std::int64_t in,
                     std::vector<void const*> const& x, void const* w, std::vector<void*> const& y);

} // namespace benchmarks

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/error.hpp>
#include <eggroll/kernels/cuda/check.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>

#if defined(KOKKOS_ENABLE_CUDA)

namespace eggroll::kernels::cuda {

/// Launches that were recorded and can be replayed: a CUDA graph. One object is used again and again, because changing
/// an executable graph to other arguments costs less than making one, and neither allocates nor waits for its launches.
class CudaGraph {
public:
    CudaGraph() = default;
    CudaGraph(CudaGraph const&) = delete;
    CudaGraph& operator=(CudaGraph const&) = delete;
    ~CudaGraph() { destroy(); }

    /// Whether body() of record() is running.
    bool recording() const { return recording_; }

    /// Records what body() launches on the space's stream, and runs none of it.
    /// \throws eggroll::Error if body() does what can't be recorded
    template <class Body>
    void record(Kokkos::Cuda const& space, Body const& body) {
        check(cudaStreamBeginCapture(space.cuda_stream(), cudaStreamCaptureModeThreadLocal), "recording a graph");
        recording_ = true;
        cudaGraph_t graph = nullptr;
        try {
            body();
        } catch (...) {
            static_cast<void>(end(space, graph));
            release(graph);
            throw;
        }
        cudaError_t const result = end(space, graph);
        if (result != cudaSuccess) {
            release(graph);
            throw Error(std::string("the body of members.repeat() can't be recorded as a graph: CUDA says \"") +
                        cudaGetErrorString(result) +
                        "\"; it may only launch kernels, not wait for the device, copy to the host or allocate. Where "
                        "it must, write the loop yourself: for each index { auto const frame = members.frame(); body("
                        "eggroll::Step{index}); }");
        }
        make_executable(graph);
        release(graph);
    }

    /// Launches what was recorded, `times` times, in the order of the stream.
    void replay(Kokkos::Cuda const& space, std::int64_t times) const {
        for (; times > 0; --times) {
            check(cudaGraphLaunch(executable_, space.cuda_stream()), "replaying a graph");
        }
    }

private:
    cudaError_t end(Kokkos::Cuda const& space, cudaGraph_t& graph) {
        recording_ = false;
        cudaError_t const result = cudaStreamEndCapture(space.cuda_stream(), &graph);
        static_cast<void>(cudaGetLastError()); // reported by the caller, and not again by the next call
        return result;
    }

    /// Launches under way keep what they were launched with, and an executable graph is freed when they are done.
    void make_executable(cudaGraph_t graph) {
        cudaGraphExecUpdateResultInfo difference{};
        if (executable_ != nullptr && cudaGraphExecUpdate(executable_, graph, &difference) == cudaSuccess) {
            return;
        }
        static_cast<void>(cudaGetLastError());
        destroy();
        cudaError_t const result = cudaGraphInstantiate(&executable_, graph, 0);
        if (result != cudaSuccess) {
            executable_ = nullptr;
            release(graph);
        }
        check(result, "making a graph executable");
    }

    static void release(cudaGraph_t graph) {
        if (graph != nullptr) {
            cudaGraphDestroy(graph);
        }
    }
    void destroy() {
        if (executable_ != nullptr) {
            cudaGraphExecDestroy(executable_);
            executable_ = nullptr;
        }
    }

    bool recording_ = false;
    cudaGraphExec_t executable_ = nullptr;
};

} // namespace eggroll::kernels::cuda

#endif

// SPDX-License-Identifier: Apache-2.0
// Rank 0 of the perturbed product: pack, then multiply.
#include "plain_product.hpp"

#include <eggroll/kernels/host/kernels.hpp>

#include <cstddef>
#include <memory>
#include <new>

namespace benchmarks {

void multiply_by_eggroll(ProductOperands const& p) {
    namespace host = eggroll::kernels::host;
    struct Release {
        void operator()(std::byte* memory) const { ::operator delete (memory, std::align_val_t{64}); }
    };
    // Kept from call to call, as a strategy keeps it: only packing is to count, not the system's fresh pages.
    static std::unique_ptr<std::byte, Release> packed;
    static std::size_t held = 0;
    std::size_t const needed = host::packed_bytes<float>(p.out, p.in);
    if (needed > held) {
        packed.reset(static_cast<std::byte*>(::operator new (needed, std::align_val_t{64})));
        held = needed;
    }
    host::pack(p.w, p.out, p.in, false, packed.get());
    float scratch = 0; // without noise none is used
    eggroll::Weights<float> const w{p.w, p.out, p.in, packed.get()};
    eggroll::Input<float> const x{{p.x, p.rows, p.in, p.in}, 1, 1};
    eggroll::Array2<float> const y{p.y, p.rows, p.out, p.out};
    host::linear(host::Thread{host::selected_isa()}, w, x, eggroll::MemberRows{1, 2}, eggroll::NoNoise{}, &scratch, y);
}

} // namespace benchmarks

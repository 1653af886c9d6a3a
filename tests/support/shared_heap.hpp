// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace eggroll::testing {

/// In tests built for CUDA: from now on operator new gives memory of the host that the GPU reaches at the same
/// addresses, so that kernels read and write the std::vectors that tests fill and check. What the library allocates for
/// the device is the device's as ever. Called in main, because CUDA may not be used before.
void share_heap_with_device();

} // namespace eggroll::testing

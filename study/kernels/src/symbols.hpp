// Symbols as they come from Python, checked and reordered for the kernels.
#pragma once

#include <cstdint>
#include <vector>

namespace seqmem {

// (batch, length) 64-bit symbols into (length, batch) 32-bit ones.
// Throws std::invalid_argument, naming `what` and the place, for one outside 0 .. alphabet - 1.
void to_time_major(const std::int64_t* symbols, long batch, long length, long alphabet,
                   const char* what, std::vector<std::int32_t>& out);

}  // namespace seqmem

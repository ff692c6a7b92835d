// Which compiled copy of the kernels runs.
#pragma once

#include <string>
#include <vector>

#include "kernel_table.hpp"

namespace seqmem {

// Instruction sets compiled in and supported by this processor, best first.
std::vector<std::string> supported_isas();

// The cell's kernels in the named copy, or in the best supported one for an empty name, at the
// width that suits the units.
// Throws std::invalid_argument for a name that is unknown or unsupported here.
const KernelTable& select_kernels(const std::string& isa, Cell cell, long units);

}  // namespace seqmem

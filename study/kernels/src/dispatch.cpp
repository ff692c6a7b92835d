#include "dispatch.hpp"

#include <array>
#include <stdexcept>

namespace seqmem {

// One table per cell, in the order of Cell.
using Cells = std::array<const KernelTable*, 5>;

#define SEQMEM_CELLS(isa)                                                                    \
    extern const KernelTable kernels_##isa##_lstm, kernels_##isa##_gru, kernels_##isa##_rnn, \
        kernels_##isa##_mingru, kernels_##isa##_minlstm;                                     \
    static constexpr Cells isa = {&kernels_##isa##_lstm, &kernels_##isa##_gru,               \
                                  &kernels_##isa##_rnn, &kernels_##isa##_mingru,             \
                                  &kernels_##isa##_minlstm};

#if defined(SEQMEM_X86)
SEQMEM_CELLS(avx512)
SEQMEM_CELLS(avx512_narrow)
SEQMEM_CELLS(avx2)
#endif
SEQMEM_CELLS(baseline)

namespace {

struct Copy {
    const Cells& tables;
    const Cells& narrow;  // for networks whose units fit in its one vector
    bool supported;

    const char* isa() const { return tables[0]->isa; }
};

std::vector<Copy> copies() {
#if defined(SEQMEM_X86)
    __builtin_cpu_init();
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") &&
                            __builtin_cpu_supports("avx512bw") &&
                            __builtin_cpu_supports("avx512dq") &&
                            __builtin_cpu_supports("avx512vl");
    return {{avx512, avx512_narrow, has_avx512},
            {avx2, avx2, has_avx2},
            {baseline, baseline, true}};
#else
    return {{baseline, baseline, true}};
#endif
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

}  // namespace

std::vector<std::string> supported_isas() {
    std::vector<std::string> names;
    for (const Copy& c : copies()) {
        if (c.supported) names.emplace_back(c.isa());
    }
    return names;
}

const KernelTable& select_kernels(const std::string& isa, Cell cell, long units) {
    const auto index = static_cast<std::size_t>(cell);
    bool known = false;
    for (const Copy& c : copies()) {
        if (c.supported && (isa.empty() || isa == c.isa())) {
            return units <= c.narrow[index]->width ? *c.narrow[index] : *c.tables[index];
        }
        known = known || isa == c.isa();
    }
    throw std::invalid_argument((known ? "instruction set '" + isa + "' is not supported here"
                                       : "unknown instruction set '" + isa + "'") +
                                "; valid: " + joined(supported_isas()));
}

}  // namespace seqmem

#include "dispatch.hpp"

#include <stdexcept>

namespace seqmem {

#if defined(SEQMEM_X86)
extern const KernelTable kernels_avx512;
extern const KernelTable kernels_avx512_narrow;
extern const KernelTable kernels_avx2;
#endif
extern const KernelTable kernels_baseline;

namespace {

struct Candidate {
    const KernelTable* table;
    const KernelTable* narrow;  // for networks whose units fit in its one vector
    bool supported;
};

std::vector<Candidate> candidates() {
#if defined(SEQMEM_X86)
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512vl");
    return {{&kernels_avx512, &kernels_avx512_narrow, avx512},
            {&kernels_avx2, &kernels_avx2, avx2},
            {&kernels_baseline, &kernels_baseline, true}};
#else
    return {{&kernels_baseline, &kernels_baseline, true}};
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
    for (const Candidate& c : candidates()) {
        if (c.supported) names.emplace_back(c.table->isa);
    }
    return names;
}

const KernelTable& select_kernels(const std::string& isa, long units) {
    bool known = false;
    for (const Candidate& c : candidates()) {
        if (c.supported && (isa.empty() || isa == c.table->isa)) {
            return units <= c.narrow->width ? *c.narrow : *c.table;
        }
        known = known || isa == c.table->isa;
    }
    throw std::invalid_argument((known ? "instruction set '" + isa + "' is not supported here"
                                       : "unknown instruction set '" + isa + "'") +
                                "; valid: " + joined(supported_isas()));
}

}  // namespace seqmem

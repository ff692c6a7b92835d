// What the minimal cells share: a logistic function with its complement, and the candidate state.
#pragma once

#include "activations.hpp"
#include "kernel_table.hpp"

namespace {

using namespace seqmem;

SEQMEM_INLINE Vec minus_magnitude(Vec x) { return as_float(as_bits(x) | 0x80000000u); }

// The logistic functions of x and of -x. Each keeps its digits where the other is near one.
struct Complements {
    Vec value;
    Vec rest;
};

// From e = exp(-|x|), which cannot overflow.
SEQMEM_INLINE Complements complements(Vec x, Vec e) {
    const Vec larger = 1.0f / (1.0f + e);
    const Vec smaller = e * larger;
    return {x < 0.0f ? smaller : larger, x < 0.0f ? larger : smaller};
}

// g(x) from e = exp(-|x|), which the linear candidate ignores. Below zero, g stays under one half, so
// that its value alone tells its slope.
template <Candidate K>
SEQMEM_INLINE Vec candidate_of(Vec x, Vec e) {
    if constexpr (K == Candidate::linear) {
        return x;
    } else {
        constexpr float under_half = 0.49999997f;
        return x < 0.0f ? at_most(e / (1.0f + e), splat(under_half)) : x + 0.5f;
    }
}

// The derivative of g, from its value.
template <Candidate K>
SEQMEM_INLINE Vec candidate_slope(Vec value) {
    if constexpr (K == Candidate::linear) {
        return splat(1.0f);
    } else {
        return value >= 0.5f ? splat(1.0f) : value * (1.0f - value);
    }
}

// Slots of a row that every minimal cell has: h' = keep h + enter candidate, keep + enter = 1.
enum MinimalSlot : int { keep_slot = 0, enter_slot = 1, candidate_slot = 2 };

// keep * x. Near one, keep is less exact than its complement, which a long memory would show: a
// thousand steps with the same token multiply by the same error.
SEQMEM_INLINE Vec kept(const float* slots, Vec x) {
    const Vec keep = load(slots + keep_slot * W);
    const Vec enter = load(slots + enter_slot * W);
    return keep > enter ? x - enter * x : keep * x;
}

}  // namespace

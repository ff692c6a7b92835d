// z, h~; h = (1 - z) h + z g(h~), with z = sigmoid of its pre-activation.
#pragma once

#include "minimal_gates.hpp"

namespace {

struct MinGru {
    static constexpr int gates = 2;
    static constexpr int slots = 3;
    static constexpr int forward_order[2] = {0, 1};
    static constexpr int input_order[2] = {0, 1};

    // Pre-activations in the first slots become what a step and its gradient need.
    template <Candidate K, int R>
    static SEQMEM_INLINE void activate(float* rows) {
        constexpr bool curved = K == Candidate::positive;
        Vec e[curved ? 2 * R : R];
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            e[r] = minus_magnitude(load(rows + r * slots * W));
            if constexpr (curved) e[R + r] = minus_magnitude(load(rows + (r * slots + 1) * W));
        }
        apply<Function::exp>(e);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            float* row = rows + r * slots * W;
            const Complements z = complements(load(row), e[r]);
            const Vec g = candidate_of<K>(load(row + W), curved ? e[R + r] : Vec{});
            store(row + keep_slot * W, z.rest);
            store(row + enter_slot * W, z.value);
            store(row + candidate_slot * W, g);
        }
    }

    // Gradients of the pre-activations: `direct` is that of the state after the step, and
    // `difference` that times (candidate - state before).
    template <Candidate K>
    static SEQMEM_INLINE void gradient(const float* row, Vec difference, Vec direct,
                                       Vec (&d)[gates]) {
        const Vec keep = load(row + keep_slot * W);
        const Vec enter = load(row + enter_slot * W);
        d[0] = difference * (keep * enter);
        d[1] = direct * (enter * candidate_slope<K>(load(row + candidate_slot * W)));
    }
};

}  // namespace

// f, i, h~; h = f' h + i' g(h~), with f' = sigmoid(softplus(-i) - softplus(-f)) and i' = 1 - f'. There is
// no quotient of gates: both may be too small for a number.
#pragma once

#include "minimal_gates.hpp"

namespace {

// log1p(x) - log1p(y) for x and y from 0 to 1, as 2 atanh((x - y) / (2 + x + y)), whose argument is
// within 1/3; the polynomial's relative error is 2e-9.
SEQMEM_INLINE Vec log1p_difference(Vec x, Vec y) {
    const Vec s = (x - y) / (2.0f + x + y);
    const Vec square = s * s;
    Vec p = square * 0.195171908f + 0.226338133f;
    p = p * square + 0.285150379f;
    p = p * square + 0.400020957f;
    p = p * square + 0.666666448f;
    return (p * square) * s + (s + s);
}

struct MinLstm {
    static constexpr int gates = 3;
    static constexpr int slots = 5;
    static constexpr int forward_order[3] = {0, 1, 2};
    static constexpr int input_order[3] = {0, 1, 2};
    // The slopes of softplus(-f) and softplus(-i), without their sign.
    static constexpr int forget_slope_slot = 3;
    static constexpr int input_slope_slot = 4;

    // Pre-activations in the first slots become what a step and its gradient need.
    template <Candidate K, int R>
    static SEQMEM_INLINE void activate(float* rows) {
        constexpr int curved = K == Candidate::positive ? 3 : 2;
        Vec e[curved * R], ratio[R], of_ratio[R];
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
            for (int k = 0; k < curved; ++k) {
                e[k * R + r] = minus_magnitude(load(rows + (r * slots + k) * W));
            }
        }
        apply<Function::exp>(e);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            const Vec f = load(rows + r * slots * W);
            const Vec i = load(rows + (r * slots + 1) * W);
            // softplus(-a) = max(-a, 0) + log1p(exp(-|a|))
            ratio[r] = (at_least(-i, Vec{}) - at_least(-f, Vec{})) +
                       log1p_difference(e[R + r], e[r]);
            of_ratio[r] = minus_magnitude(ratio[r]);
        }
        apply<Function::exp>(of_ratio);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            float* row = rows + r * slots * W;
            const Vec forget_slope = complements(load(row), e[r]).rest;
            const Vec input_slope = complements(load(row + W), e[R + r]).rest;
            const Vec g = candidate_of<K>(load(row + 2 * W), e[(curved - 1) * R + r]);
            const Complements forget = complements(ratio[r], of_ratio[r]);
            store(row + keep_slot * W, forget.value);
            store(row + enter_slot * W, forget.rest);
            store(row + candidate_slot * W, g);
            store(row + forget_slope_slot * W, forget_slope);
            store(row + input_slope_slot * W, input_slope);
        }
    }

    // Gradients of the pre-activations: `direct` is that of the state after the step, and
    // `difference` that times (candidate - state before).
    template <Candidate K>
    static SEQMEM_INLINE void gradient(const float* row, Vec difference, Vec direct,
                                       Vec (&d)[gates]) {
        const Vec enter = load(row + enter_slot * W);
        const Vec of_ratio = difference * (load(row + keep_slot * W) * enter);
        d[0] = -(of_ratio * load(row + forget_slope_slot * W));
        d[1] = of_ratio * load(row + input_slope_slot * W);
        d[2] = direct * (enter * candidate_slope<K>(load(row + candidate_slot * W)));
    }
};

}  // namespace

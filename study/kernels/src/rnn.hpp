// h = tanh of the pre-activation.
#pragma once

#include "cell.hpp"

namespace {

struct Rnn {
    static constexpr int gates = 1;
    static constexpr int slots = 1;
    static constexpr bool has_memory = false;
    static constexpr bool separate_hidden_bias = false;
    static constexpr bool carries_hidden = false;
    static constexpr int input_slot = 0;
    static constexpr int hidden_slot = 0;
    static constexpr int forward_order[1] = {0};
    static constexpr int input_order[1] = {0};
    static constexpr int hidden_order[1] = {0};

    template <int R>
    static SEQMEM_INLINE void activate(const ForwardStep& s, long row) {
        Vec h[R];
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) h[r] = load(s.gates + (row + r) * W);
        apply<Function::tanh>(h);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            store(s.hidden_after + (row + r) * W, h[r]);
            store(s.gates + (row + r) * W, h[r]);
        }
    }

    static inline void backward(const BackwardStep& s) {
        Vec sum = {};
        for (long row = 0; row < s.batch; ++row) {
            const long at = row * W;
            prefetch_earlier<Rnn>(s, row);
            const Vec h = load(s.gates + at);
            const Vec d[1] = {load(s.hidden_gradient + at) * (1.0f - h * h)};
            store(s.gates + at, d[0]);
            sum += d[0];
            scatter_to_token<1>(s, row, d);
        }
        store(s.bias_gradient, load(s.bias_gradient) + sum);
    }
};

}  // namespace

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
    static SEQMEM_INLINE void forward(const ForwardStep& s, long row) {
        Vec acc[R][1];
        start_from_input<R, 1>(acc, s, row);
        add_recurrence<R, 1>(acc, s, row);
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
            const long at = (row + r) * W;
            const Vec h = tanh(acc[r][0]);
            store(s.hidden_after + at, h);
            if (s.gates) store(s.gates + at, h);
        }
    }

    static inline void backward(const BackwardStep& s) {
        Vec sum = {};
        for (long row = 0; row < s.batch; ++row) {
            const long at = row * W;
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

// r, z, n; the reset gate applies after the recurrent product; h = (1 - z) n + z h.
#pragma once

#include "cell.hpp"

namespace {

struct Gru {
    static constexpr int gates = 3;
    static constexpr int slots = 4;
    static constexpr bool has_memory = false;
    static constexpr bool separate_hidden_bias = true;
    static constexpr bool carries_hidden = true;
    // forward slots: r, z, n (its input part, before the gates are evaluated) and the recurrent part
    // of n; backward slots: n's input part, r, z, n's recurrent part, so that each product reads
    // three neighbours
    static constexpr int input_slot = 0;
    static constexpr int hidden_slot = 1;
    static constexpr int forward_order[3] = {0, 1, 2};
    static constexpr int input_order[3] = {2, 0, 1};
    static constexpr int hidden_order[3] = {0, 1, 2};

    template <int R>
    static SEQMEM_INLINE void activate(const ForwardStep& s, long row) {
        Vec gate[2 * R];
        Vec n[R];
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            const float* slots_of_row = s.gates + (row + r) * W * 4;
            gate[2 * r] = load(slots_of_row);
            gate[2 * r + 1] = load(slots_of_row + W);
        }
        apply<Function::sigmoid>(gate);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            float* slots_of_row = s.gates + (row + r) * W * 4;
            store(slots_of_row, gate[2 * r]);
            store(slots_of_row + W, gate[2 * r + 1]);
            n[r] = gate[2 * r] * load(slots_of_row + 3 * W) + load(slots_of_row + 2 * W);
        }
        apply<Function::tanh>(n);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            const long at = (row + r) * W;
            const Vec kept = load(s.previous_block + at) - n[r];
            store(s.hidden_after + at, load(s.gates + at * 4 + W) * kept + n[r]);
            store(s.gates + at * 4 + 2 * W, n[r]);
        }
    }

    static inline void backward(const BackwardStep& s) {
        Vec sum[4] = {};
        for (long row = 0; row < s.batch; ++row) {
            const long at = row * W;
            prefetch_earlier<Gru>(s, row);
            float* saved = s.gates + at * 4;
            const Vec r = load(saved);
            const Vec z = load(saved + W);
            const Vec n = load(saved + 2 * W);
            const Vec recurrent = load(saved + 3 * W);
            const Vec dh = load(s.hidden_gradient + at);
            Vec d[4];
            d[0] = dh * (1.0f - z) * (1.0f - n * n);
            d[1] = d[0] * recurrent * (r * (1.0f - r));
            d[2] = dh * (load(s.previous + at) - n) * (z * (1.0f - z));
            d[3] = d[0] * r;
            store(s.hidden_gradient + at, dh * z);
#pragma GCC unroll 8
            for (int k = 0; k < 4; ++k) {
                store(saved + k * W, d[k]);
                sum[k] += d[k];
            }
            const Vec from_input[3] = {d[0], d[1], d[2]};
            scatter_to_token<3>(s, row, from_input);
        }
        for (int k = 0; k < 4; ++k) {
            store(s.bias_gradient + k * W, load(s.bias_gradient + k * W) + sum[k]);
        }
    }
};

}  // namespace

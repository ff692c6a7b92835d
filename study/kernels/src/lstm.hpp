// i, f, g, o; c = f c + i g; h = o tanh(c).
#pragma once

#include "cell.hpp"

namespace {

struct Lstm {
    static constexpr int gates = 4;
    static constexpr int slots = 4;
    static constexpr bool has_memory = true;
    static constexpr bool separate_hidden_bias = false;
    static constexpr bool carries_hidden = false;
    // slots hold i, f, g, o; both products use all four, in torch's order
    static constexpr int input_slot = 0;
    static constexpr int hidden_slot = 0;
    static constexpr int forward_order[4] = {0, 1, 2, 3};
    static constexpr int input_order[4] = {0, 1, 2, 3};
    static constexpr int hidden_order[4] = {0, 1, 2, 3};

    template <int R>
    static SEQMEM_INLINE void activate(const ForwardStep& s, long row) {
        static constexpr Function functions[4] = {Function::sigmoid, Function::sigmoid,
                                                  Function::tanh, Function::sigmoid};
        Vec tanh_c[R];
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            const long at = (row + r) * W;
            float* slots_of_row = s.gates + at * 4;
            Vec gate[4];
#pragma GCC unroll 4
            for (int g = 0; g < 4; ++g) gate[g] = load(slots_of_row + g * W);
            apply(functions, gate);
#pragma GCC unroll 4
            for (int g = 0; g < 4; ++g) store(slots_of_row + g * W, gate[g]);
            const Vec written = gate[0] * gate[2];
            tanh_c[r] = gate[1] * load(s.memory_before + at) + written;
            store(s.memory_after + at, tanh_c[r]);
        }
        apply<Function::tanh>(tanh_c);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            const long at = (row + r) * W;
            store(s.hidden_after + at, load(s.gates + at * 4 + 3 * W) * tanh_c[r]);
        }
    }

    static inline void backward(const BackwardStep& s) {
        Vec sum[4] = {};
        for (long row = 0; row < s.batch; ++row) {
            const long at = row * W;
            prefetch_earlier<Lstm>(s, row);
            float* saved = s.gates + at * 4;
            const Vec i = load(saved);
            const Vec f = load(saved + W);
            const Vec g = load(saved + 2 * W);
            const Vec o = load(saved + 3 * W);
            // tanh(c) = h / o costs less than to compute it again; o = 0 silences it anyway
            const Vec tc = o != 0.0f ? load(s.hidden_after + at) / o : Vec{};
            const Vec dh = load(s.hidden_gradient + at);
            const Vec through_tanh = dh * o * (1.0f - tc * tc);
            const Vec dc = load(s.memory_gradient + at) + through_tanh;
            Vec d[4];
            d[0] = dc * g * (i * (1.0f - i));
            d[1] = dc * load(s.memory_before + at) * (f * (1.0f - f));
            d[2] = dc * i * (1.0f - g * g);
            d[3] = dh * tc * (o * (1.0f - o));
            store(s.memory_gradient + at, dc * f);
#pragma GCC unroll 8
            for (int k = 0; k < 4; ++k) {
                store(saved + k * W, d[k]);
                sum[k] += d[k];
            }
            scatter_to_token<4>(s, row, d);
        }
        for (int k = 0; k < 4; ++k) {
            store(s.bias_gradient + k * W, load(s.bias_gradient + k * W) + sum[k]);
        }
    }
};

}  // namespace

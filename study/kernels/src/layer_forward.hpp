// One layer over a stretch of time, forward.
#pragma once

#include "exchange.hpp"
#include "products.hpp"

namespace {

struct Stretch {
    long first;  // time step of the tokens
    long steps;
    bool keep;   // gates and every memory state, for a backward pass
};

// Where a gate's pre-activation lies once the recurrent product is in it.
template <class C>
constexpr int recurrent_slot(int gate) {
    return gate + (C::separate_hidden_bias && gate == C::gates - 1);
}

// Pre-activations from below: the token's row of the table, or what add_input left in the slots. A
// gate whose recurrent part is kept apart starts from that part's bias.
template <class C, int R>
SEQMEM_INLINE void start_recurrence(Vec (&acc)[R][C::gates], const ForwardStep& s, long row) {
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
        float* slots = s.gates + (row + r) * C::slots * W;
        const float* from = s.tokens ? s.table + s.tokens[row + r] * s.token_stride : slots;
#pragma GCC unroll 8
        for (int g = 0; g < C::gates; ++g) acc[r][g] = load(from + g * W);
        if constexpr (C::separate_hidden_bias) {
            constexpr int last = C::gates - 1;
            store(slots + last * W, acc[r][last]);
            acc[r][last] = load(s.hidden_bias);
        }
    }
}

// Adds one stretch of the product with the previous hidden state to the slots.
template <class C, int R>
SEQMEM_APART void add_recurrence(const ForwardStep& s, long row, long first, long count) {
    constexpr int G = C::gates;
    float* slots = s.gates + row * C::slots * W;
    Vec acc[R][G];
    if (first == 0) {
        start_recurrence<C, R>(acc, s, row);
    } else {
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
            for (int g = 0; g < G; ++g) {
                acc[r][g] = load(slots + (r * C::slots + recurrent_slot<C>(g)) * W);
            }
        }
    }
    accumulate<R, G, W>(acc, s.previous + first / W * s.block + row * W, s.block, W, count,
                        s.hidden_weights + first * G * W);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int g = 0; g < G; ++g) {
            store(slots + (r * C::slots + recurrent_slot<C>(g)) * W, acc[r][g]);
        }
    }
}

// Leaves the pre-activations of one block of units in its slots.
template <class C>
void forward_product(const ForwardStep& s) {
    constexpr int rows = max_rows(C::gates);
    if (!s.tokens) {
        for_each_stretch(s.units, C::gates * W, [&](long first, long count) {
            for_each_tile<rows>(
                s.batch, [&]<int R>(long row) { add_input<C, R>(s, row, first, count); });
        });
    }
    for_each_stretch(s.units, C::gates * W, [&](long first, long count) {
        for_each_tile<rows>(
            s.batch, [&]<int R>(long row) { add_recurrence<C, R>(s, row, first, count); });
    });
}

// Pre-activations to gates, states and outputs. Apart from the product, so that the latencies of
// several rows' functions hide one another.
template <class C>
void activate_block(const ForwardStep& s) {
    for_each_tile<4>(s.batch, [&]<int R>(long row) { C::template activate<R>(s, row); });
}

// One block of units at step t of the stretch. `below` is the hidden sequence of the layer under this
// one, index 0 its initial state; null for layer 0, which reads tokens.
template <class C>
ForwardStep forward_step(const Plan<C>& plan, const LayerPlan<C>& l, const float* below,
                         const std::int32_t* tokens, const Stretch& stretch, long t, long block) {
    const Problem& p = plan.problem;
    const long panel = p.units * C::gates * W;
    const long at = block * plan.row;
    ForwardStep s{};
    s.units = p.units;
    s.batch = p.batch;
    s.block = plan.row;
    s.tokens = below ? nullptr : tokens + (stretch.first + t) * p.batch;
    s.table = below ? nullptr : l.table + block * C::gates * W;
    s.token_stride = plan.padded * C::gates;
    s.bias = l.bias + block * C::gates * W;
    s.input = below ? below + (t + 1) * plan.step : nullptr;
    s.input_weights = below ? l.input_weights + block * panel : nullptr;
    s.hidden_bias = l.hidden_bias + block * W;
    s.previous = l.hidden + t * plan.step;
    s.previous_block = s.previous + at;
    s.hidden_weights = l.hidden_weights + block * panel;
    if constexpr (C::has_memory) {
        s.memory_before = l.memory + (stretch.keep ? t * plan.step : 0) + at;
        s.memory_after = l.memory + (stretch.keep ? (t + 1) * plan.step : 0) + at;
    }
    s.hidden_after = l.hidden + (t + 1) * plan.step + at;
    s.gates = l.gates + (stretch.keep ? t * plan.gate_step() + at * C::slots : 0);
    return s;
}

template <class C>
void layer_forward(const Plan<C>& plan, const LayerPlan<C>& l, const float* below,
                   const std::int32_t* tokens, const Stretch& stretch) {
    for (long t = 0; t < stretch.steps; ++t) {
        for (long block = 0; block < plan.blocks; ++block) {
            const ForwardStep s = forward_step(plan, l, below, tokens, stretch, t, block);
            forward_product<C>(s);
            activate_block<C>(s);
        }
    }
}

template <class C>
void forward(const Problem& p, const float* const* parameters, float* memory,
             const std::int32_t* tokens, ConstState initial, State final) {
    const TrainingArena<C> arena(p, memory);
    const long row = arena.plan.row;
    const float* below = nullptr;
    for (long index = 0; index < p.depth; ++index) {
        const LayerPlan<C> l = arena.layer(index);
        pack_layer_forward(p, parameters + index * parameters_per_layer, index > 0, l);
        load_state(p, initial.hidden, index, l.hidden, row);
        if constexpr (C::has_memory) load_state(p, initial.memory, index, l.memory, row);
        layer_forward(arena.plan, l, below, tokens, {0, p.length, true});
        store_state(p, l.hidden + p.length * arena.plan.step, row, index, final.hidden);
        if constexpr (C::has_memory) {
            store_state(p, l.memory + p.length * arena.plan.step, row, index, final.memory);
        }
        below = l.hidden;
    }
}

}  // namespace

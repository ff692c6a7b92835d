// One layer over a stretch of time, forward.
#pragma once

#include "cell.hpp"
#include "exchange.hpp"
#include "packing.hpp"

namespace {

struct Stretch {
    long first;  // time step of the tokens
    long steps;
    bool keep;   // gates and every memory state, for a backward pass
};

// `below` is the hidden sequence of the layer under this one, index 0 its initial state; null for
// layer 0, which reads tokens.
template <class C>
void layer_forward(const Plan<C>& plan, const LayerPlan<C>& l, const float* below,
                   const std::int32_t* tokens, const Stretch& stretch) {
    const Problem& p = plan.problem;
    const long panel = p.units * C::gates * W;
    for (long t = 0; t < stretch.steps; ++t) {
        ForwardStep s{};
        s.units = p.units;
        s.block = plan.row;
        s.tokens = below ? nullptr : tokens + (stretch.first + t) * p.batch;
        s.token_stride = plan.padded * C::gates;
        s.input = below ? below + (t + 1) * plan.step : nullptr;
        s.previous = l.hidden + t * plan.step;
        for (long block = 0; block < plan.blocks; ++block) {
            const long at = block * plan.row;
            s.table = below ? nullptr : l.table + block * C::gates * W;
            s.bias = l.bias + block * C::gates * W;
            s.input_weights = below ? l.input_weights + block * panel : nullptr;
            s.hidden_bias = l.hidden_bias + block * W;
            s.previous_block = s.previous + at;
            s.hidden_weights = l.hidden_weights + block * panel;
            if constexpr (C::has_memory) {
                s.memory_before = l.memory + (stretch.keep ? t * plan.step : 0) + at;
                s.memory_after = l.memory + (stretch.keep ? (t + 1) * plan.step : 0) + at;
            }
            s.hidden_after = l.hidden + (t + 1) * plan.step + at;
            s.gates = stretch.keep ? l.gates + t * plan.gate_step() + at * C::slots : nullptr;
            for_each_tile<max_rows(C::gates)>(
                p.batch, [&]<int R>(long row) { C::template forward<R>(s, row); });
        }
    }
}

template <class C>
void forward(const Problem& p, const float* const* parameters, float* memory,
             const std::int32_t* tokens, ConstState initial, State final) {
    const TrainingArena<C> arena(p, memory);
    const float* below = nullptr;
    for (long index = 0; index < p.depth; ++index) {
        const LayerPlan<C> l = arena.layer(index);
        pack_layer_forward(p, parameters + index * parameters_per_layer, index > 0, l);
        load_state(p, initial.hidden, index, l.hidden);
        if constexpr (C::has_memory) load_state(p, initial.memory, index, l.memory);
        layer_forward(arena.plan, l, below, tokens, {0, p.length, true});
        store_state(p, l.hidden + p.length * arena.plan.step, index, final.hidden);
        if constexpr (C::has_memory) {
            store_state(p, l.memory + p.length * arena.plan.step, index, final.memory);
        }
        below = l.hidden;
    }
}

}  // namespace

// One layer backward: element-wise work and one product per step, then, every few steps while
// their gates are still in cache, the products for the weights and for the layer below.
#pragma once

#include "exchange.hpp"
#include "products.hpp"

namespace {

template <class C>
void cell_backward(const TrainingArena<C>& arena, const LayerPlan<C>& l, long t,
                   const std::int32_t* tokens) {
    const Plan<C>& plan = arena.plan;
    for (long block = 0; block < plan.blocks; ++block) {
        const long at = block * plan.row;
        BackwardStep s{};
        s.batch = plan.problem.batch;
        s.gates = l.gates + t * plan.gate_step() + at * C::slots;
        s.hidden_gradient = arena.carried_hidden + at;
        s.memory_gradient = arena.carried_memory + at;
        s.previous = l.hidden + t * plan.step + at;
        s.hidden_after = l.hidden + (t + 1) * plan.step + at;
        if constexpr (C::has_memory) {
            s.memory_before = l.memory + t * plan.step + at;
        }
        s.tokens = tokens ? tokens + t * plan.problem.batch : nullptr;
        s.table_gradient = tokens ? l.table_gradient + block * C::gates * W : nullptr;
        s.token_stride = plan.padded * C::gates;
        s.bias_gradient = l.bias_gradient + block * C::slots * W;
        s.earlier = t > 0 ? plan.step : 0;
        C::backward(s);
    }
}

// Everything that a finished stretch of steps contributes beyond itself.
template <class C>
void finish_chunk(const TrainingArena<C>& arena, const LayerPlan<C>& l, const float* below,
                  long first, long steps) {
    const Plan<C>& plan = arena.plan;
    const float* gates = l.gates + first * plan.gate_step();
    add_weight_gradient(plan, l.hidden + first * plan.step, gates + C::hidden_slot * W, steps,
                        l.hidden_weights_gradient);
    if (!below) return;
    add_weight_gradient(plan, below + (first + 1) * plan.step, gates + C::input_slot * W, steps,
                        l.input_weights_gradient);
    for (long t = first; t < first + steps; ++t) {
        back_product(plan, {l.gates + t * plan.gate_step() + C::input_slot * W,
                            l.input_weights_back, nullptr,
                            arena.output_gradient + t * plan.step, false});
    }
}

// Gradient of the hidden state after step t - 1: from above, past the product, and through it.
template <class C>
void pass_to_previous(const TrainingArena<C>& arena, const LayerPlan<C>& l, long t,
                      const float* from_above) {
    back_product(arena.plan, {l.gates + t * arena.plan.gate_step() + C::hidden_slot * W,
                              l.hidden_weights_back, from_above, arena.carried_hidden,
                              C::carries_hidden});
}

template <class C>
void layer_backward(const TrainingArena<C>& arena, const LayerPlan<C>& l, const float* below,
                    const std::int32_t* tokens, long first_position, bool want_initial) {
    const Plan<C>& plan = arena.plan;
    const Problem& p = plan.problem;
    const long chunk = steps_per_chunk(plan);
    const auto from_above = [&](long t) {
        return t >= first_position ? arena.output_gradient + t * plan.step : nullptr;
    };
    if (const float* last = from_above(p.length - 1)) {
        for (long at = 0; at < plan.step; at += W) {
            store(arena.carried_hidden + at, load(arena.carried_hidden + at) + load(last + at));
        }
    }
    long chunk_end = p.length;
    for (long t = p.length - 1; t >= 0; --t) {
        cell_backward(arena, l, t, tokens);
        if (t > 0) {
            pass_to_previous(arena, l, t, from_above(t - 1));
        } else if (want_initial) {
            pass_to_previous<C>(arena, l, t, nullptr);
        }
        if (chunk_end - t == chunk || t == 0) {
            finish_chunk(arena, l, below, t, chunk_end - t);
            chunk_end = t;
        }
    }
}

template <class C>
void backward(const Problem& p, const float* const* parameters, float* memory,
              const std::int32_t* tokens, long first_position, ConstState final_gradient,
              float* const* gradients, State initial_gradient) {
    const TrainingArena<C> arena(p, memory);
    const long row = arena.plan.row;
    const bool want_initial = initial_gradient.hidden || initial_gradient.memory;
    for (long index = p.depth - 1; index >= 0; --index) {
        const bool dense = index > 0;
        const LayerPlan<C> l = arena.layer(index);
        const float* below = dense ? arena.layer(index - 1).hidden : nullptr;
        const bool top = index == p.depth - 1;
        pack_layer_backward(p, parameters + index * parameters_per_layer, dense, l);
        clear_layer_gradient(arena.plan, dense, l);
        load_state(p, final_gradient.hidden, index, arena.carried_hidden, row);
        load_state(p, final_gradient.memory, index, arena.carried_memory, row);
        layer_backward(arena, l, below, dense ? nullptr : tokens, top ? first_position : 0,
                       want_initial);
        store_state(p, arena.carried_hidden, row, index, initial_gradient.hidden);
        store_state(p, arena.carried_memory, row, index, initial_gradient.memory);
        unpack_layer_gradient(p, dense, l, gradients + index * parameters_per_layer);
    }
}

}  // namespace

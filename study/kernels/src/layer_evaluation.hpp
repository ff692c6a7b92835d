// Layers whose gates see the state, without gradients: no gates are kept.
#pragma once

#include "evaluation.hpp"
#include "layer_forward.hpp"

namespace {

template <class C>
void begin_layers(const EvaluationArena<C>& arena, const float* const* parameters,
                  ConstState initial) {
    const Problem& p = arena.problem();
    const long row = arena.plan.row;
    for (long index = 0; index < p.depth; ++index) {
        const LayerPlan<C> l = arena.layer(index);
        pack_layer_forward(p, parameters + index * parameters_per_layer, index > 0, l);
        load_state(p, initial.hidden, index, l.hidden, row);
        if constexpr (C::has_memory) load_state(p, initial.memory, index, l.memory, row);
    }
}

// Runs every layer over `steps` time steps of tokens; returns the top layer's outputs, of which
// there are at most arena.steps.
template <class C>
float* run_layers(const EvaluationArena<C>& arena, const std::int32_t* tokens, long first,
                  long steps) {
    float* below = nullptr;
    for (long index = 0; index < arena.problem().depth; ++index) {
        const LayerPlan<C> l = arena.layer(index);
        layer_forward(arena.plan, l, below, tokens, {first, steps, false});
        below = l.hidden;
    }
    return below + arena.plan.step;
}

template <class C>
float* outputs_of_step(const EvaluationArena<C>& arena, float* outputs, long step) {
    return outputs + step * arena.plan.step;
}

// Makes the last of `steps` hidden states the one before the next step.
template <class C>
void carry_state(const EvaluationArena<C>& arena, long steps) {
    const Plan<C>& plan = arena.plan;
    for (long index = 0; index < plan.problem.depth; ++index) {
        const LayerPlan<C> l = arena.layer(index);
        __builtin_memcpy(l.hidden, l.hidden + steps * plan.step,
                         static_cast<std::size_t>(plan.step) * sizeof(float));
    }
}

template <class C>
void store_final(const EvaluationArena<C>& arena, State final) {
    const Problem& p = arena.problem();
    const long row = arena.plan.row;
    for (long index = 0; index < p.depth; ++index) {
        const LayerPlan<C> l = arena.layer(index);
        store_state(p, l.hidden, row, index, final.hidden);
        if constexpr (C::has_memory) store_state(p, l.memory, row, index, final.memory);
    }
}

}  // namespace

// Layers whose gates do not see the state, without gradients: no gates are kept.
#pragma once

#include "affine_forward.hpp"
#include "evaluation.hpp"

namespace {

template <class C>
struct AffineEvaluation : AffineArena<C> {
    AffineEvaluation(const Problem& p, float* memory) : AffineArena<C>(p, memory, false) {}
};

template <class C>
void begin_layers(const AffineEvaluation<C>& arena, const float* const* parameters,
                  ConstState initial) {
    for (long index = 0; index < arena.problem().depth; ++index) {
        prepare_layer(arena, parameters, index, initial, arena.layer(index));
    }
}

// Runs every layer over `steps` time steps of tokens; returns the top layer's outputs, of which
// there are at most arena.steps.
template <class C>
float* run_layers(const AffineEvaluation<C>& arena, const std::int32_t* tokens, long first,
                  long steps) {
    const Problem& p = arena.problem();
    float* below = nullptr;
    for (long index = 0; index < p.depth; ++index) {
        const AffineLayer<C> l = arena.layer(index);
        affine_layer_forward<C>(arena, l, below, tokens + first * p.batch, steps);
        below = l.hidden;
    }
    return below + p.batch * W;
}

template <class C>
float* outputs_of_step(const AffineEvaluation<C>& arena, float* outputs, long step) {
    return outputs + step * arena.problem().batch * W;
}

// Makes the last of `steps` hidden states the one before the next step.
template <class C>
void carry_state(const AffineEvaluation<C>& arena, long steps) {
    const long row = arena.problem().batch * W;
    for (long index = 0; index < arena.problem().depth; ++index) {
        float* hidden = arena.layer(index).hidden;
        for (long block = 0; block < arena.plan.blocks; ++block, hidden += arena.plan.row) {
            __builtin_memcpy(hidden, hidden + steps * row,
                             static_cast<std::size_t>(row) * sizeof(float));
        }
    }
}

template <class C>
void store_final(const AffineEvaluation<C>& arena, State final) {
    for (long index = 0; index < arena.problem().depth; ++index) {
        store_state(arena.problem(), arena.layer(index).hidden, arena.plan.row, index, final.hidden);
    }
}

}  // namespace

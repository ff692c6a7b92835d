// Activations between torch's layouts and the padded [block][batch][W] layout of one time step, whose
// blocks may lie apart.
#pragma once

#include "plan.hpp"

namespace {

// One time step from rows of `units` floats, `stride` floats apart; a null source reads as zeros. Two
// blocks of the step are `block_stride` floats apart.
inline void load_step(const float* source, long stride, long batch, long units, float* step,
                      long block_stride) {
    const long blocks = blocks_of(units);
    for (long block = 0; block < blocks; ++block) {
        const long real = smaller(W, units - block * W);
        for (long row = 0; row < batch; ++row) {
            float* to = step + block * block_stride + row * W;
            for (long lane = 0; lane < W; ++lane) {
                to[lane] = source && lane < real ? source[row * stride + block * W + lane] : 0.0f;
            }
        }
    }
}

inline void store_step(const float* step, long block_stride, long batch, long units, float* target,
                       long stride) {
    const long blocks = blocks_of(units);
    for (long block = 0; block < blocks; ++block) {
        const long real = smaller(W, units - block * W);
        for (long row = 0; row < batch; ++row) {
            const float* from = step + block * block_stride + row * W;
            float* to = target + row * stride + block * W;
            for (long lane = 0; lane < real; ++lane) to[lane] = from[lane];
        }
    }
}

// Layer `layer` of a (depth, batch, units) state.
inline void load_state(const Problem& p, const float* state, long layer, float* step,
                       long block_stride) {
    const float* source = state ? state + layer * p.batch * p.units : nullptr;
    load_step(source, p.units, p.batch, p.units, step, block_stride);
}

inline void store_state(const Problem& p, const float* step, long block_stride, long layer,
                        float* state) {
    if (!state) return;
    store_step(step, block_stride, p.batch, p.units, state + layer * p.batch * p.units, p.units);
}

}  // namespace

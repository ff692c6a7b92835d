// What every cell shares. A cell says what one register tile does going forward and what one block
// of units does going back; its backward pass replaces the saved gates by the gradients of their
// pre-activations ("slots"). Gates are PyTorch's, in PyTorch's order.
#pragma once

#include "activations.hpp"
#include "kernel_table.hpp"
#include "tile.hpp"

namespace {

// Pointers of one block of units at one time step; rows are counted from the batch's first.
struct ForwardStep {
    long units;
    long block;                    // floats between two blocks of an activation
    const std::int32_t* tokens;    // layer 0 only
    const float* table;            // layer 0: this block's gates of token 0
    long token_stride;             // floats between two tokens in the table
    const float* bias;             // upper layers
    const float* input;            // upper layers: the layer below at this step
    const float* input_weights;
    const float* hidden_bias;
    const float* previous;         // hidden state before the step, all blocks
    const float* previous_block;   // the same, this block
    const float* hidden_weights;
    const float* memory_before;    // this block
    float* memory_after;
    float* hidden_after;
    float* gates;                  // null when nothing is kept for a backward pass
};

// Pre-activations from below: the token's row of the table, or bias plus the dense product.
template <int R, int G>
SEQMEM_INLINE void start_from_input(Vec (&acc)[R][G], const ForwardStep& s, long row) {
    if (s.tokens) {
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
            const float* entry = s.table + s.tokens[row + r] * s.token_stride;
#pragma GCC unroll 8
            for (int g = 0; g < G; ++g) acc[r][g] = load(entry + g * W);
        }
        return;
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int g = 0; g < G; ++g) acc[r][g] = load(s.bias + g * W);
    }
    accumulate<R, G, W>(acc, s.input + row * W, s.block, W, s.units, s.input_weights);
}

template <int R, int G>
SEQMEM_INLINE void add_recurrence(Vec (&acc)[R][G], const ForwardStep& s, long row) {
    accumulate<R, G, W>(acc, s.previous + row * W, s.block, W, s.units, s.hidden_weights);
}

// Pointers of one block of units at one time step, going back.
struct BackwardStep {
    long batch;
    float* gates;                // saved gates in, gradients of pre-activations out
    float* hidden_gradient;      // in: total; out: the part that bypasses the recurrent product
    float* memory_gradient;      // carried in place
    const float* previous;       // this block's hidden state before the step
    const float* memory_before;
    const float* hidden_after;
    const std::int32_t* tokens;  // layer 0 only
    float* table_gradient;       // layer 0: this block's gates of token 0
    long token_stride;
    float* bias_gradient;        // this block, one vector per slot
};

// Adds the gradients of the input pre-activations to their token's row or nothing in upper layers.
template <int G>
SEQMEM_INLINE void scatter_to_token(const BackwardStep& s, long row, const Vec (&gradient)[G]) {
    if (!s.tokens) return;
    float* entry = s.table_gradient + s.tokens[row] * s.token_stride;
#pragma GCC unroll 8
    for (int g = 0; g < G; ++g) store(entry + g * W, load(entry + g * W) + gradient[g]);
}

}  // namespace

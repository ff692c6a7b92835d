// What every cell shares. A cell says how its gates follow from their pre-activations and what one
// block of units does going back. Both work in place: a step's "slots" hold pre-activations, then
// gates, and after the backward pass the gradients of the pre-activations. Gates are PyTorch's, in
// PyTorch's order.
#pragma once

#include "activations.hpp"
#include "plan.hpp"
#include "tile.hpp"

namespace {

// Splits a product over `units` inputs into stretches of whole vectors whose weights, `width` floats
// per input, stay in cache, and calls body(first, count) for each.
template <class Body>
SEQMEM_INLINE void for_each_stretch(long units, long width, Body&& body) {
    const long blocks = blocks_of(units);
    const long fit = cached_floats / (width * W);
    const long most = fit > 0 ? fit : 1;
    const long stretches = (blocks + most - 1) / most;
    for (long i = 0; i < stretches; ++i) {
        const long first = blocks * i / stretches * W;
        body(first, smaller(blocks * (i + 1) / stretches * W, units) - first);
    }
}

// Pointers of one block of units at one time step; rows are counted from the batch's first.
struct ForwardStep {
    long units;
    long batch;
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
    float* gates;
};

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
    long earlier;                // floats from an activation to that of the step before
};

// The step before comes next: its gates, and the states that it starts from, left the cache long ago.
template <class C>
SEQMEM_INLINE void prefetch_earlier(const BackwardStep& s, long row) {
#pragma GCC unroll 4
    for (int line = 0; line < C::slots * W; line += 16) {
        prefetch(s.gates + row * C::slots * W - s.earlier * C::slots + line);
    }
    prefetch(s.previous + row * W - s.earlier);
    if constexpr (C::has_memory) prefetch(s.memory_before + row * W - s.earlier);
}

// Adds the gradients of the input pre-activations to their token's row or nothing in upper layers.
template <int G>
SEQMEM_INLINE void scatter_to_token(const BackwardStep& s, long row, const Vec (&gradient)[G]) {
    if (!s.tokens) return;
    float* entry = s.table_gradient + s.tokens[row] * s.token_stride;
#pragma GCC unroll 8
    for (int g = 0; g < G; ++g) store(entry + g * W, load(entry + g * W) + gradient[g]);
}

}  // namespace

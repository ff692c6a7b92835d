// The products of a layer with what lies below it, and those of the backward pass, in register tiles.
#pragma once

#include "cell.hpp"
#include "packing.hpp"

namespace {

// Adds one stretch of the product with the layer below to the slots; the first starts from the bias.
template <class C, int R>
SEQMEM_APART void add_input(const ForwardStep& s, long row, long first, long count) {
    constexpr int G = C::gates;
    float* slots = s.gates + row * C::slots * W;
    Vec acc[R][G];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
        const float* from = first == 0 ? s.bias : slots + r * C::slots * W;
#pragma GCC unroll 8
        for (int g = 0; g < G; ++g) acc[r][g] = load(from + g * W);
    }
    accumulate<R, G, W>(acc, s.input + first / W * s.block + row * W, s.block, W, count,
                        s.input_weights + first * G * W);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int g = 0; g < G; ++g) store(slots + (r * C::slots + g) * W, acc[r][g]);
    }
}

// target[block][row] = sum of the given starts + gates[row] * weights, for all blocks and rows.
struct BackProduct {
    const float* gates;    // [block][batch][slot][W], at the first slot used
    const float* weights;  // packed by pack_backward
    const float* start;    // [block][batch][W] or null
    float* target;         // [block][batch][W]
    bool add;              // to what `target` holds
};

// One tile of it: `first` and `count` of the gate units, in whole blocks but for the last.
template <class C, int R, int V>
SEQMEM_APART void back_product_tile(const Plan<C>& plan, const BackProduct& b, long corner,
                                     const float* gates, const float* weights, long first,
                                     long count) {
    Vec acc[R][V];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) {
            const long at = corner + v * plan.row + r * W;
            acc[r][v] = first == 0 && b.start ? load(b.start + at) : Vec{};
            if (first > 0 || b.add) acc[r][v] += load(b.target + at);
        }
    }
    const long whole = count / W;  // blocks without padding
    const long rest = count % W;   // units of the padded one
    accumulate<R, V, C::slots * W>(acc, gates, plan.row * C::slots, C::gates * W,
                                   whole * C::gates * W, weights);
    for (int g = 0; rest > 0 && g < C::gates; ++g) {
        accumulate<R, V, C::slots * W>(acc, gates + whole * plan.row * C::slots + g * W, 0, rest,
                                       rest, weights + (whole * C::gates + g) * W * V * W);
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) store(b.target + corner + v * plan.row + r * W, acc[r][v]);
    }
}

template <class C>
void back_product(const Plan<C>& plan, const BackProduct& b) {
    for_each_tile<max_group>(plan.blocks, [&]<int V>(long block) {
        const float* weights = b.weights + block * W * plan.padded * C::gates;
        for_each_stretch(plan.problem.units, C::gates * V * W, [&](long first, long count) {
            for_each_tile<max_rows(V)>(plan.problem.batch, [&]<int R>(long row) {
                back_product_tile<C, R, V>(plan, b, block * plan.row + row * W,
                                           b.gates + (first / W * plan.row + row * W) * C::slots,
                                           weights + first * C::gates * V * W, first, count);
            });
        });
    });
}

// A stretch of time steps, and in each of them some rows of the batch.
struct Rectangle {
    long steps;
    long rows;
};

// R inputs' part, from unit `lane` of the inputs on: gates of the first step's first row, and the
// gradient of the first input.
template <class C, int R>
SEQMEM_APART void weight_gradient_tile(const Plan<C>& plan, const float* inputs, long lane,
                                       const float* gates, Rectangle part, float* gradient) {
    constexpr int G = C::gates;
    long lanes[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) lanes[r] = (lane + r) / W * plan.row + (lane + r) % W;
    Vec acc[R][G] = {};
    for (long t = 0; t < part.steps; ++t) {
        const float* x = inputs + t * plan.step;
        const float* d = gates + t * plan.gate_step();
        for (long row = 0; row < part.rows; ++row, x += W, d += C::slots * W) {
            add_outer_product<R, G>(acc, [&](int r) { return x[lanes[r]]; }, d);
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int g = 0; g < G; ++g) {
            float* entry = gradient + (r * G + g) * W;
            store(entry, load(entry) + acc[r][g]);
        }
    }
}

// gradient[block][input][gate][W] += sum over time and batch of input * gate gradient.
template <class C>
void weight_gradient(const Plan<C>& plan, const float* inputs, const float* gates, Rectangle part,
                     float* gradient) {
    constexpr int G = C::gates;
    const long units = plan.problem.units;
    for (long block = 0; block < plan.blocks; ++block) {
        for_each_tile<max_rows(G)>(units, [&]<int R>(long lane) {
            weight_gradient_tile<C, R>(plan, inputs, lane, gates + block * plan.row * C::slots,
                                       part, gradient + (block * units + lane) * G * W);
        });
    }
}

// The same over whole steps, of whose batch one part after another stays in cache.
template <class C>
void add_weight_gradient(const Plan<C>& plan, const float* inputs, const float* gates, long steps,
                         float* gradient) {
    const long batch = plan.problem.batch;
    constexpr long rows = cached_rows<C>;
    for (long first = 0; first < batch; first += rows) {
        weight_gradient(plan, inputs + first * W, gates + first * C::slots * W,
                        {steps, smaller(rows, batch - first)}, gradient);
    }
}

// Steps per weight-gradient product: those whose gates of one block stay in cache.
template <class C>
long steps_per_chunk(const Plan<C>& plan) {
    const long steps = cached_rows<C> / plan.problem.batch;
    return steps > 0 ? steps : 1;
}

}  // namespace

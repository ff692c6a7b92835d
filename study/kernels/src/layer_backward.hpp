// One layer backward: element-wise work and one product per step, then, every few steps while
// their gates are still in cache, the products for the weights and for the layer below.
#pragma once

#include "cell.hpp"
#include "exchange.hpp"
#include "packing.hpp"

namespace {

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
                                           b.gates + (first * plan.problem.batch + row * W) * C::slots,
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
    const bool want_initial = initial_gradient.hidden || initial_gradient.memory;
    for (long index = p.depth - 1; index >= 0; --index) {
        const bool dense = index > 0;
        const LayerPlan<C> l = arena.layer(index);
        const float* below = dense ? arena.layer(index - 1).hidden : nullptr;
        const bool top = index == p.depth - 1;
        pack_layer_backward(p, parameters + index * parameters_per_layer, dense, l);
        clear_layer_gradient(arena.plan, dense, l);
        load_state(p, final_gradient.hidden, index, arena.carried_hidden);
        load_state(p, final_gradient.memory, index, arena.carried_memory);
        layer_backward(arena, l, below, dense ? nullptr : tokens, top ? first_position : 0,
                       want_initial);
        store_state(p, arena.carried_hidden, index, initial_gradient.hidden);
        store_state(p, arena.carried_memory, index, initial_gradient.memory);
        unpack_layer_gradient(p, dense, l, gradients + index * parameters_per_layer);
    }
}

}  // namespace

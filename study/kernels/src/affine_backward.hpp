// Layers whose gates do not see the state, backward. The gradient of a state is the recurrence again, from
// the last step to the first, in place of the output gradient. Layer 0 sums over the rows of each token
// and goes through the gates once for each token; upper layers go through them row by row and then, while
// the rows are still in cache, take the products for the weights and for the layer below.
#pragma once

#include "affine_forward.hpp"

namespace {

// Passes the gradient of every state in a range to the state before it, the last first, and calls
// body(row, slots, gradient, gradient times (candidate - state before)).
template <class Gates, class Body>
SEQMEM_INLINE void recur_back(RowRange rows, long batch, const float* hidden, float* gradient,
                              Gates&& gates, Body&& body) {
    for (long row = rows.last - 1; row >= rows.first; --row) {
        const float* slots = gates(row);
        const Vec direct = load(gradient + row * W);
        float* before = gradient + (row - batch) * W;
        store(before, load(before) + kept(slots, direct));
        body(row, slots, direct,
             direct * (load(slots + candidate_slot * W) - load(hidden + (row - batch) * W)));
    }
}

// Sums of one block of layer 0: of the gradients, and of their products with the differences.
template <class C>
void sum_over_tokens(const AffineArena<C>& arena, const AffineLayer<C>& l, long block,
                     const std::int32_t* tokens) {
    const Problem& p = arena.problem();
    float* sums = l.sums + block * p.alphabet * 2 * W;
    fill_zero(sums, p.alphabet * 2 * W);
    recur_back({p.batch, (p.length + 1) * p.batch}, p.batch, l.hidden + block * arena.plan.row,
               arena.output_gradient + block * arena.plan.row,
               gates_of_tokens<C>(l.table + block * p.alphabet * C::slots * W, tokens, p.batch),
               [=](long row, const float*, Vec direct, Vec difference) {
                   float* sum = sums + tokens[row - p.batch] * 2 * W;
                   store(sum, load(sum) + direct);
                   store(sum + W, load(sum + W) + difference);
               });
}

template <class C, Candidate K>
void write_token_gradient(const Problem& p, const AffineLayer<C>& l, float* const* gradients) {
    const long blocks = blocks_of(p.units);
    fill_zero(gradients[minimal_bias], C::gates * p.units);
    for (long token = 0; token < p.alphabet; ++token) {
        for (long block = 0; block < blocks; ++block) {
            const long at = block * p.alphabet + token;
            const float* sum = l.sums + at * 2 * W;
            Vec d[C::gates];
            C::template gradient<K>(l.table + at * C::slots * W, load(sum + W), load(sum), d);
            const long real = smaller(W, p.units - block * W);
            for (int g = 0; g < C::gates; ++g) {
                const long unit = g * p.units + block * W;
                for (long lane = 0; lane < real; ++lane) {
                    gradients[minimal_weight][(unit + lane) * p.alphabet + token] = d[g][lane];
                    gradients[minimal_bias][unit + lane] += d[g][lane];
                }
            }
        }
    }
}

template <class C>
void first_layer_backward(const AffineArena<C>& arena, const AffineLayer<C>& l,
                          const std::int32_t* tokens, float* const* gradients) {
    const Problem& p = arena.problem();
    for (long block = 0; block < arena.plan.blocks; ++block) {
        sum_over_tokens(arena, l, block, tokens);
    }
    if (p.candidate == Candidate::positive) {
        write_token_gradient<C, Candidate::positive>(p, l, gradients);
    } else {
        write_token_gradient<C, Candidate::linear>(p, l, gradients);
    }
}

// Gates of one block's rows become the gradients of their pre-activations, in the first slots.
template <class C, Candidate K>
void gates_backward(const AffineArena<C>& arena, const AffineLayer<C>& l, long block,
                    RowRange rows) {
    const long at = block * arena.plan.row;
    float* gates = l.gates + at * C::slots;
    Vec sum[C::gates] = {};
    recur_back(rows, arena.problem().batch, l.hidden + at, arena.output_gradient + at,
               [=](long row) { return gates + row * C::slots * W; },
               [&](long row, const float* slots, Vec direct, Vec difference) {
                   Vec d[C::gates];
                   C::template gradient<K>(slots, difference, direct, d);
#pragma GCC unroll 4
                   for (int g = 0; g < C::gates; ++g) {
                       store(gates + (row * C::slots + g) * W, d[g]);
                       sum[g] += d[g];
                   }
               });
    float* bias = l.bias_gradient + block * C::gates * W;
    for (int g = 0; g < C::gates; ++g) store(bias + g * W, load(bias + g * W) + sum[g]);
}

// What some rows of an upper layer contribute beyond themselves; the gradient of the layer below
// takes the place of this layer's.
template <class C>
void products_backward(const AffineArena<C>& arena, const AffineLayer<C>& l, const float* below,
                       RowRange rows) {
    const float* gates = l.gates + rows.first * C::slots * W;
    weight_gradient(arena.plan, below + rows.first * W, gates, {1, rows.last - rows.first},
                    l.input_weights_gradient);
    Plan<C> part = arena.plan;
    part.problem.batch = rows.last - rows.first;
    back_product(part, {gates, l.input_weights_back, nullptr,
                        arena.output_gradient + rows.first * W, false});
}

template <class C>
void write_upper_gradient(const Problem& p, const AffineLayer<C>& l, float* const* gradients) {
    unpack_gradient<C>(l.input_weights_gradient, p.units, p.units, C::input_order,
                       gradients[minimal_weight]);
    for_each_gate_unit<C>(p.units, C::input_order, [&](long block, int g, long lane, long row) {
        gradients[minimal_bias][row] = l.bias_gradient[(block * C::gates + g) * W + lane];
    });
}

template <class C>
void upper_layer_backward(const AffineArena<C>& arena, const AffineLayer<C>& l, const float* below,
                          const float* weights, float* const* gradients) {
    const Problem& p = arena.problem();
    const long gate_units = arena.plan.padded * C::gates;
    pack_backward<C>(weights, p.units, C::input_order, l.input_weights_back);
    fill_zero(l.input_weights_gradient, p.units * gate_units);
    fill_zero(l.bias_gradient, gate_units);
    for (long last = (p.length + 1) * p.batch; last > p.batch; last -= rows_at_once<C>) {
        const long first = last - rows_at_once<C>;
        const RowRange rows{first > p.batch ? first : p.batch, last};
        for (long block = 0; block < arena.plan.blocks; ++block) {
            if (p.candidate == Candidate::positive) {
                gates_backward<C, Candidate::positive>(arena, l, block, rows);
            } else {
                gates_backward<C, Candidate::linear>(arena, l, block, rows);
            }
        }
        products_backward(arena, l, below, rows);
    }
    write_upper_gradient(p, l, gradients);
}

// Adds the gradient of the final state to that of the last outputs, and leaves zeros for the initial
// state's.
template <class C>
void begin_gradient(const AffineArena<C>& arena, const float* final_gradient, long index) {
    const Problem& p = arena.problem();
    load_state(p, final_gradient, index, arena.output_gradient, arena.plan.row);
    for (long block = 0; block < arena.plan.blocks; ++block) {
        float* initial = arena.output_gradient + block * arena.plan.row;
        float* last = initial + p.length * p.batch * W;
        for (long at = 0; at < p.batch * W; at += W) {
            store(last + at, load(last + at) + load(initial + at));
            store(initial + at, Vec{});
        }
    }
}

template <class C>
void affine_backward(const Problem& p, const float* const* parameters, float* memory,
                     const std::int32_t* tokens, long first_position, ConstState final_gradient,
                     float* const* gradients, State initial_gradient) {
    const AffineArena<C> arena(p, memory, true);
    for (long block = 0; block < arena.plan.blocks; ++block) {
        fill_zero(arena.output_gradient + block * arena.plan.row, (first_position + 1) * p.batch * W);
    }
    for (long index = p.depth - 1; index >= 0; --index) {
        const AffineLayer<C> l = arena.layer(index);
        const long own = index * minimal_parameters_per_layer;
        begin_gradient(arena, final_gradient.hidden, index);
        if (index > 0) {
            upper_layer_backward(arena, l, arena.layer(index - 1).hidden,
                                 parameters[own + minimal_weight], gradients + own);
        } else {
            first_layer_backward(arena, l, tokens, gradients + own);
        }
        store_state(p, arena.output_gradient, arena.plan.row, index, initial_gradient.hidden);
    }
}

}  // namespace

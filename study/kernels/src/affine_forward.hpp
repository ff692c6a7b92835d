// Layers whose gates do not see the state, forward. The gates of layer 0 follow from the token alone and
// are computed once for each token. Those of upper layers come from one product over all time steps. What
// is left to the recurrence is h' = keep h + enter candidate, element by element.
#pragma once

#include "affine_plan.hpp"
#include "exchange.hpp"
#include "minimal_gates.hpp"
#include "products.hpp"

namespace {

// Pre-activations of `count` rows of slots to gates and candidates, in place.
template <class C>
void activate_rows(Candidate candidate, float* slots, long count) {
    for_each_tile<4>(count, [&]<int R>(long row) {
        float* rows = slots + row * C::slots * W;
        if (candidate == Candidate::positive) {
            C::template activate<Candidate::positive, R>(rows);
        } else {
            C::template activate<Candidate::linear, R>(rows);
        }
    });
}

template <class C>
void prepare_table(const Problem& p, const float* const* parameters, float* table) {
    const long rows = blocks_of(p.units) * p.alphabet;
    fill_zero(table, rows * C::slots * W);
    for_each_gate_unit<C>(p.units, C::forward_order, [&](long block, int g, long lane, long row) {
        const float* from = parameters[minimal_weight] + row * p.alphabet;
        float* to = table + (block * p.alphabet * C::slots + g) * W + lane;
        for (long token = 0; token < p.alphabet; ++token) {
            to[token * C::slots * W] = from[token] + parameters[minimal_bias][row];
        }
    });
    activate_rows<C>(p.candidate, table, rows);
}

template <class C>
void pack_affine_bias(const Problem& p, const float* bias, float* packed) {
    fill_zero(packed, blocks_of(p.units) * W * C::gates);
    for_each_gate_unit<C>(p.units, C::forward_order, [&](long block, int g, long lane, long row) {
        packed[(block * C::gates + g) * W + lane] = bias[row];
    });
}

template <class C>
void prepare_layer(const AffineArena<C>& arena, const float* const* parameters, long index,
                   ConstState initial, const AffineLayer<C>& l) {
    const Problem& p = arena.problem();
    const float* const* own = parameters + index * minimal_parameters_per_layer;
    if (index > 0) {
        pack_forward<C>(own[minimal_weight], p.units, p.units, l.input_weights);
        pack_affine_bias<C>(p, own[minimal_bias], l.bias);
    } else {
        prepare_table<C>(p, own, l.table);
    }
    load_state(p, initial.hidden, index, l.hidden, arena.plan.row);
}

// Rows from `first` to before `last`, none of them of the initial state.
struct RowRange {
    long first;
    long last;
};

// States of one block. `gates(row)` are the row's slots.
template <class Gates>
SEQMEM_INLINE void recur(RowRange rows, long batch, float* hidden, Gates&& gates) {
    for (long row = rows.first; row < rows.last; ++row) {
        const float* slots = gates(row);
        const Vec entering = load(slots + enter_slot * W) * load(slots + candidate_slot * W);
        store(hidden + row * W, kept(slots, load(hidden + (row - batch) * W)) + entering);
    }
}

// Where the gates of one block of layer 0 lie: those of the row's token.
template <class C>
SEQMEM_INLINE auto gates_of_tokens(const float* table, const std::int32_t* tokens, long batch) {
    return [=](long row) { return table + tokens[row - batch] * C::slots * W; };
}

template <class C>
void first_layer_forward(const AffineArena<C>& arena, const AffineLayer<C>& l,
                         const std::int32_t* tokens, long steps) {
    const Problem& p = arena.problem();
    for (long block = 0; block < arena.plan.blocks; ++block) {
        recur({p.batch, (steps + 1) * p.batch}, p.batch, l.hidden + block * arena.plan.row,
              gates_of_tokens<C>(l.table + block * p.alphabet * C::slots * W, tokens, p.batch));
    }
}

// The product of some rows with what lies below, one block, into `gates`, that of row 0.
template <class C>
void input_product(const Plan<C>& plan, const AffineLayer<C>& l, const float* below, long block,
                   RowRange rows, float* gates) {
    const long units = plan.problem.units;
    ForwardStep s{};
    s.block = plan.row;
    s.bias = l.bias + block * C::gates * W;
    s.input = below;
    s.input_weights = l.input_weights + block * units * C::gates * W;
    s.gates = gates;
    for_each_stretch(units, C::gates * W, [&](long first, long count) {
        for_each_tile<max_rows(C::gates)>(rows.last - rows.first, [&]<int R>(long row) {
            add_input<C, R>(s, rows.first + row, first, count);
        });
    });
}

// Rows whose gates, and whose inputs, stay in cache between the product and the recurrence.
template <class C>
constexpr long rows_at_once = cached_rows<C>;

template <class C>
void upper_layer_forward(const AffineArena<C>& arena, const AffineLayer<C>& l, const float* below,
                         long steps) {
    const Plan<C>& plan = arena.plan;
    const Problem& p = arena.problem();
    const long end = (steps + 1) * p.batch;
    for (long first = p.batch; first < end; first += rows_at_once<C>) {
        const RowRange rows{first, smaller(first + rows_at_once<C>, end)};
        for (long block = 0; block < plan.blocks; ++block) {
            float* gates = l.gates + (arena.training ? block * plan.row * C::slots : 0);
            input_product(plan, l, below, block, rows, gates);
            activate_rows<C>(p.candidate, gates + rows.first * C::slots * W, rows.last - rows.first);
            recur(rows, p.batch, l.hidden + block * plan.row,
                  [=](long row) { return gates + row * C::slots * W; });
        }
    }
}

template <class C>
void affine_layer_forward(const AffineArena<C>& arena, const AffineLayer<C>& l, const float* below,
                          const std::int32_t* tokens, long steps) {
    if (below) {
        upper_layer_forward(arena, l, below, steps);
    } else {
        first_layer_forward(arena, l, tokens, steps);
    }
}

template <class C>
void affine_forward(const Problem& p, const float* const* parameters, float* memory,
                    const std::int32_t* tokens, ConstState initial, State final) {
    const AffineArena<C> arena(p, memory, true);
    const float* below = nullptr;
    for (long index = 0; index < p.depth; ++index) {
        const AffineLayer<C> l = arena.layer(index);
        prepare_layer(arena, parameters, index, initial, l);
        affine_layer_forward(arena, l, below, tokens, p.length);
        store_state(p, l.hidden + p.length * p.batch * W, arena.plan.row, index, final.hidden);
        below = l.hidden;
    }
}

}  // namespace

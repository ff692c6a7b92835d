// Teacher-forced evaluation: no gates kept, the sequence worked through a few steps at a time.
#pragma once

#include "layer_forward.hpp"
#include "readout.hpp"

namespace {

// Index of each row's largest logit, the first of equals; NaN counts as the largest, as in torch.
inline void argmax_of_rows(long alphabet, const float* logits, float* index) {
    Vec best = load(logits);
    Vec at = {};
    for (long k = 1; k < alphabet; ++k) {
        const Vec x = load(logits + k * W);
        const auto better = (x > best) | ((x != x) & (best == best));
        best = better ? x : best;
        at = better ? splat(static_cast<float>(k)) : at;
    }
    store(index, at);
}

// Writes one group's predictions to (batch, length, ...) arrays; `first_step` is the time of the
// chunk's first row.
inline void write_predictions(const Problem& p, const ReadoutPlan& plan, RowGroup group,
                              long first_step, const std::int32_t* targets,
                              const Predictions& out) {
    long place[W];
    for (long r = 0; r < group.count; ++r) {
        const long flat = group.first + r;
        place[r] = (flat % p.batch) * p.length + first_step + flat / p.batch;
    }
    if (out.logits) {
        for (long r = 0; r < group.count; ++r) {
            for (long k = 0; k < p.alphabet; ++k) {
                out.logits[place[r] * p.alphabet + k] = plan.logits[k * W + r];
            }
        }
    }
    if (out.argmax) {
        float index[W];
        argmax_of_rows(p.alphabet, plan.logits, index);
        for (long r = 0; r < group.count; ++r) {
            out.argmax[place[r]] = static_cast<std::int64_t>(index[r]);
        }
    }
    if (out.nll) {
        const IntVec symbols = symbols_of_rows(targets + first_step * p.batch, group);
        const Vec chosen = chosen_logits(p.alphabet, symbols, plan.logits);
        float nll[W];
        const Exponentials<1> e = exponentials_of_rows<1>(p.alphabet, plan.logits);
        store(nll, (e.top[0] - chosen) + e.log_sum[0]);
        for (long r = 0; r < group.count; ++r) out.nll[place[r]] = nll[r];
    }
}

template <class C>
void predict_chunk(const EvaluationArena<C>& arena, float* outputs, long first_step,
                   long steps, const std::int32_t* targets, const Predictions& out) {
    const Problem& p = arena.plan.problem;
    const long rows = steps * p.batch;
    for (long first = 0; first < rows; first += W) {
        const RowGroup group = group_at(p, first, rows);
        logits_of_rows(p, arena.readout, rows_of_group(p, group, outputs, arena.readout.rows),
                       arena.readout.logits);
        write_predictions(p, arena.readout, group, first_step, targets, out);
    }
}

template <class C>
void evaluate(const Problem& p, const float* const* parameters, const Readout& readout,
              float* memory, const std::int32_t* tokens, const std::int32_t* targets,
              ConstState initial, const Predictions& out, State final) {
    const EvaluationArena<C> arena(p, memory);
    const Plan<C>& plan = arena.plan;
    pack_readout(p, readout, arena.readout);
    for (long index = 0; index < p.depth; ++index) {
        const LayerPlan<C> l = arena.layer(index);
        pack_layer_forward(p, parameters + index * parameters_per_layer, index > 0, l);
        load_state(p, initial.hidden, index, l.hidden);
        if constexpr (C::has_memory) load_state(p, initial.memory, index, l.memory);
    }
    for (long first = 0; first < p.length; first += arena.steps) {
        const long steps = smaller(arena.steps, p.length - first);
        float* below = nullptr;
        for (long index = 0; index < p.depth; ++index) {
            const LayerPlan<C> l = arena.layer(index);
            layer_forward(plan, l, below, tokens, {first, steps, false});
            below = l.hidden;
        }
        predict_chunk(arena, below + plan.step, first, steps, targets, out);
        for (long index = 0; index < p.depth; ++index) {
            const LayerPlan<C> l = arena.layer(index);
            __builtin_memcpy(l.hidden, l.hidden + steps * plan.step,
                             static_cast<std::size_t>(plan.step) * sizeof(float));
        }
    }
    for (long index = 0; index < p.depth; ++index) {
        const LayerPlan<C> l = arena.layer(index);
        store_state(p, l.hidden, index, final.hidden);
        if constexpr (C::has_memory) store_state(p, l.memory, index, final.memory);
    }
}

}  // namespace

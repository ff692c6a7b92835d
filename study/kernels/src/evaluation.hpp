// Predictions without gradients, teacher forced or fed back: the sequence is worked through a few steps at
// a time. What runs the layers is an arena A with begin_layers, run_layers, outputs_of_step, carry_state
// and store_final; its activations lie as its `layout()` says.
#pragma once

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

template <class A>
void predict_chunk(const A& arena, float* outputs, long first_step, long steps,
                   const std::int32_t* targets, const Predictions& out) {
    const Problem& p = arena.problem();
    const long rows = steps * p.batch;
    for (long first = 0; first < rows; first += W) {
        const RowGroup group = group_at(arena.layout(), first, rows);
        logits_of_rows(p, arena.readout,
                       rows_of_group(arena.layout(), group, outputs, arena.readout.rows),
                       arena.readout.logits);
        write_predictions(p, arena.readout, group, first_step, targets, out);
    }
}

// Packs the parameters and puts the initial state where the first step reads it.
template <class A>
void begin_evaluation(const A& arena, const float* const* parameters, const Readout& readout,
                      ConstState initial) {
    pack_readout(arena.problem(), readout, arena.readout);
    begin_layers(arena, parameters, initial);
}

template <class A>
void evaluate(const Problem& p, const float* const* parameters, const Readout& readout,
              float* memory, const std::int32_t* tokens, const std::int32_t* targets,
              ConstState initial, const Predictions& out, State final) {
    const A arena(p, memory);
    begin_evaluation(arena, parameters, readout, initial);
    for (long first = 0; first < p.length; first += arena.steps) {
        const long steps = smaller(arena.steps, p.length - first);
        predict_chunk(arena, run_layers(arena, tokens, first, steps), first, steps, targets, out);
        carry_state(arena, steps);
    }
    store_final(arena, final);
}

// Replaces the tokens of one time step by the most probable symbols after it.
template <class A>
void predict_next(const A& arena, float* outputs, std::int32_t* tokens) {
    const Problem& p = arena.problem();
    for (long first = 0; first < p.batch; first += W) {
        const RowGroup group = group_at(arena.layout(), first, p.batch);
        logits_of_rows(p, arena.readout,
                       rows_of_group(arena.layout(), group, outputs, arena.readout.rows),
                       arena.readout.logits);
        float index[W];
        argmax_of_rows(p.alphabet, arena.readout.logits, index);
        for (long r = 0; r < group.count; ++r) {
            tokens[first + r] = static_cast<std::int32_t>(index[r]);
        }
    }
}

// Writes the `horizon` most probable symbols after the tokens, each fed back as the next input;
// `predicted` is (batch, horizon), and the first step's tokens are overwritten.
template <class A>
void continue_greedily(const Problem& p, const float* const* parameters, const Readout& readout,
                       float* memory, std::int32_t* tokens, long horizon,
                       std::int64_t* predicted) {
    const A arena(p, memory);
    begin_evaluation(arena, parameters, readout, {});
    float* last = nullptr;
    for (long first = 0; first < p.length; first += arena.steps) {
        const long steps = smaller(arena.steps, p.length - first);
        last = outputs_of_step(arena, run_layers(arena, tokens, first, steps), steps - 1);
        carry_state(arena, steps);
    }
    for (long place = 0; place < horizon; ++place) {
        if (place > 0) {
            last = run_layers(arena, tokens, 0, 1);
            carry_state(arena, 1);
        }
        predict_next(arena, last, tokens);
        for (long row = 0; row < p.batch; ++row) predicted[row * horizon + place] = tokens[row];
    }
}

}  // namespace

// The linear readout over the alphabet, softmax and cross-entropy, W rows (symbols) at a time:
// logits lie transposed, [class][row], so that the softmax is element-wise over rows.
#pragma once

#include "activations.hpp"
#include "packing.hpp"

namespace {

inline void pack_readout(const Problem& p, const Readout& from, const ReadoutPlan& to) {
    const long padded = blocks_of(p.units) * W;
    fill_zero(to.weight, p.alphabet * padded);
    for (long k = 0; k < p.alphabet; ++k) {
        __builtin_memcpy(to.weight + k * padded, from.weight + k * p.units,
                         static_cast<std::size_t>(p.units) * sizeof(float));
        to.bias[k] = from.bias[k];
    }
}

// W consecutive rows of the flattened (time, batch), or the `count` that are left; rows past them read
// as zeros. The first row is number `row` of step `time`.
struct RowGroup {
    long first;
    long count;
    long time;
    long row;
};

inline RowGroup group_at(const Problem& p, long first, long rows) {
    return {first, smaller(W, rows - first), first / p.batch, first % p.batch};
}

// Counted on: a division would cost as much as a group's exponentials.
inline RowGroup next_group(const Problem& p, RowGroup group, long rows) {
    group.first += W;
    group.count = smaller(W, rows - group.first);
    for (group.row += W; group.row >= p.batch; group.row -= p.batch) ++group.time;
    return group;
}

// Calls body(row in the group, offset in an activation [time][block][batch][W]) for each row.
template <class Body>
SEQMEM_INLINE void for_each_row(const Problem& p, RowGroup group, Body&& body) {
    const long padded = blocks_of(p.units) * W;
    long time = group.time;
    long row = group.row;
    for (long r = 0; r < group.count; ++r) {
        body(r, time * p.batch * padded + row * W);
        if (++row == p.batch) {
            row = 0;
            ++time;
        }
    }
}

inline void gather_rows(const Problem& p, const float* hidden, RowGroup group, float* rows) {
    const long blocks = blocks_of(p.units);
    for_each_row(p, group, [&](long r, long offset) {
        for (long block = 0; block < blocks; ++block) {
            store(rows + (block * W + r) * W, load(hidden + offset + block * p.batch * W));
        }
    });
    for (long block = 0; block < blocks; ++block) {
        fill_zero(rows + (block * W + group.count) * W, (W - group.count) * W);
    }
}

inline void scatter_rows(const Problem& p, const float* rows, RowGroup group, float* target) {
    const long blocks = blocks_of(p.units);
    for_each_row(p, group, [&](long r, long offset) {
        for (long block = 0; block < blocks; ++block) {
            store(target + offset + block * p.batch * W, load(rows + (block * W + r) * W));
        }
    });
}

// A group's W rows of one activation: row r of a block lies at data + block * stride + r * W.
struct Rows {
    float* data;
    long stride;
};

// Whether a group lies in one time step, so that its rows are neighbours in memory.
inline bool in_one_step(const Problem& p, RowGroup group) {
    return group.count == W && group.row + W <= p.batch;
}

inline Rows rows_in_place(const Problem& p, RowGroup group, float* activation) {
    const long padded = blocks_of(p.units) * W;
    return {activation + group.time * p.batch * padded + group.row * W, p.batch * W};
}

// The group's rows where they are, or gathered in `scratch`.
inline Rows rows_of_group(const Problem& p, RowGroup group, float* hidden, float* scratch) {
    if (in_one_step(p, group)) return rows_in_place(p, group, hidden);
    gather_rows(p, hidden, group, scratch);
    return {scratch, W * W};
}

inline void logits_of_rows(const Problem& p, const ReadoutPlan& plan, Rows rows, float* logits) {
    const long blocks = blocks_of(p.units);
    for (long k = 0; k < p.alphabet; ++k) {
        Vec partial[W] = {};
        for (long block = 0; block < blocks; ++block) {
            const Vec w = load(plan.weight + (k * blocks + block) * W);
            const float* hidden = rows.data + block * rows.stride;
#pragma GCC unroll 16
            for (int r = 0; r < W; ++r) partial[r] += load(hidden + r * W) * w;
        }
        store(logits + k * W, sum_lanes(partial) + plan.bias[k]);
    }
}

// e^(logit - largest) of the classes of N groups' rows, which replace the logits.
template <int N>
struct Exponentials {
    Vec top[N];      // largest logit
    Vec log_sum[N];  // logarithm of the sum of the exponentials
    Vec inverse[N];  // one over that sum
};

// Group j's logits start at logits + j * alphabet * W. A NaN or +inf logit gives NaN.
template <int N>
inline Exponentials<N> exponentials_of_rows(long alphabet, float* logits) {
    const long stride = alphabet * W;
    Exponentials<N> e;
    Vec sum[N] = {};
#pragma GCC unroll 4
    for (int j = 0; j < N; ++j) e.top[j] = load(logits + j * stride);
    for (long k = 1; k < alphabet; ++k) {
#pragma GCC unroll 4
        for (int j = 0; j < N; ++j) {
            const Vec x = load(logits + j * stride + k * W);
            e.top[j] = x > e.top[j] ? x : e.top[j];
        }
    }
    for (long k = 0; k < alphabet; ++k) {
        Vec x[N];
#pragma GCC unroll 4
        for (int j = 0; j < N; ++j) x[j] = load(logits + j * stride + k * W) - e.top[j];
        apply<Function::exp>(x);
#pragma GCC unroll 4
        for (int j = 0; j < N; ++j) {
            store(logits + j * stride + k * W, x[j]);
            sum[j] += x[j];
        }
    }
#pragma GCC unroll 4
    for (int j = 0; j < N; ++j) {
        e.log_sum[j] = log(sum[j]);
        e.inverse[j] = 1.0f / sum[j];
    }
    return e;
}

// Targets of a group, zeros past its end.
inline IntVec symbols_of_rows(const std::int32_t* targets, RowGroup group) {
    std::int32_t symbols[W] = {};
    for (long r = 0; r < group.count; ++r) symbols[r] = targets[group.first + r];
    IntVec v;
    __builtin_memcpy(&v, symbols, sizeof v);
    return v;
}

// Shares of a group's rows in the loss, zeros past its end.
inline Vec weights_of_rows(const Loss& loss, RowGroup group) {
    if (!loss.row_weights && group.count == W) return splat(loss.weight);
    float weights[W] = {};
    for (long r = 0; r < group.count; ++r) {
        weights[r] = loss.row_weights ? loss.row_weights[(group.first + r) % loss.batch] : loss.weight;
    }
    return load(weights);
}

inline Vec chosen_logits(long alphabet, IntVec symbols, const float* logits) {
    Vec chosen = {};
    for (std::int32_t k = 0; k < alphabet; ++k) {
        chosen = symbols == k ? load(logits + k * W) : chosen;
    }
    return chosen;
}

// Turns the logits of N groups into their gradients; returns the rows' weighted losses.
template <int N>
SEQMEM_APART Vec cross_entropy_of_rows(const Problem& p, const Loss& loss, const RowGroup* groups,
                                       const std::int32_t* targets, float* logits) {
    const long stride = p.alphabet * W;
    IntVec symbols[N];
    Vec weights[N], chosen[N];
    for (int j = 0; j < N; ++j) {
        symbols[j] = symbols_of_rows(targets, groups[j]);
        weights[j] = weights_of_rows(loss, groups[j]);
        chosen[j] = chosen_logits(p.alphabet, symbols[j], logits + j * stride);
    }
    const Exponentials<N> e = exponentials_of_rows<N>(p.alphabet, logits);
    Vec losses = {};
    for (int j = 0; j < N; ++j) {
        const Vec scale = e.inverse[j] * weights[j];
        for (std::int32_t k = 0; k < p.alphabet; ++k) {
            const Vec expected = symbols[j] == k ? weights[j] : Vec{};
            float* entry = logits + j * stride + k * W;
            store(entry, load(entry) * scale - expected);
        }
        // In this order a small loss is not lost beside large logits.
        losses += weights[j] * ((e.top[j] - chosen[j]) + e.log_sum[j]);
    }
    return losses;
}

// For K classes from `first` on, with d the gradients of their logits:
// weight_gradient[class][block] += sum over rows of d * hidden state, and
// target[block][row] += sum over classes of d * weight, from zero for the first classes.
template <int K>
SEQMEM_APART void add_readout_gradient(const ReadoutPlan& plan, long blocks, long first,
                                       const float* logits, Rows hidden, Rows target) {
    const float* d = logits + first * W;
    for (long block = 0; block < blocks; ++block) {
        const long at = (first * blocks + block) * W;
        Vec w[K], acc[K] = {};
#pragma GCC unroll 4
        for (int k = 0; k < K; ++k) w[k] = held(load(plan.weight + at + k * blocks * W));
#pragma GCC unroll 4
        for (int r = 0; r < W; ++r) {
            const Vec h = held(load(hidden.data + block * hidden.stride + r * W));
            float* to = target.data + block * target.stride + r * W;
            Vec sum = first == 0 ? Vec{} : load(to);
#pragma GCC unroll 4
            for (int k = 0; k < K; ++k) {
                const Vec x = held(splat(d[k * W + r]));
                acc[k] += h * x;
                sum += w[k] * x;
            }
            store(to, sum);
        }
#pragma GCC unroll 4
        for (int k = 0; k < K; ++k) {
            float* entry = plan.weight_gradient + at + k * blocks * W;
            store(entry, load(entry) + acc[k]);
        }
    }
}

// What one group adds to the readout's gradient, and its rows of the hidden states' gradient.
inline void add_gradients_of_rows(const Problem& p, const ReadoutPlan& plan, const float* logits,
                                  Rows hidden, Rows target) {
    for_each_tile<4>(p.alphabet, [&]<int K>(long first) {
        add_readout_gradient<K>(plan, blocks_of(p.units), first, logits, hidden, target);
    });
    for (long k = 0; k < p.alphabet; ++k) {
        float* entry = plan.bias_gradient + k * W;
        store(entry, load(entry) + load(logits + k * W));
    }
}

inline void unpack_readout_gradient(const Problem& p, const ReadoutPlan& plan,
                                    const ReadoutGradient& gradient) {
    const long padded = blocks_of(p.units) * W;
    for (long k = 0; k < p.alphabet; ++k) {
        __builtin_memcpy(gradient.weight + k * p.units, plan.weight_gradient + k * padded,
                         static_cast<std::size_t>(p.units) * sizeof(float));
        float sum = 0.0f;
        for (int lane = 0; lane < W; ++lane) sum += plan.bias_gradient[k * W + lane];
        gradient.bias[k] = sum;
    }
}

// A few groups of rows: their losses; leaves the gradient of their hidden states.
inline Vec readout_of_groups(const Problem& p, const ReadoutPlan& plan, const Loss& loss,
                             const RowGroup* groups, int count, const std::int32_t* targets,
                             float* outputs, float* output_gradient) {
    const long padded = blocks_of(p.units) * W;
    Rows hidden[groups_together];
    for (int j = 0; j < count; ++j) {
        hidden[j] = rows_of_group(p, groups[j], outputs, plan.rows + j * padded * W);
        logits_of_rows(p, plan, hidden[j], plan.logits + j * p.alphabet * W);
    }
    Vec losses = {};
    call_with_size<groups_together>(count, 0, [&]<int N>(long) {
        losses = cross_entropy_of_rows<N>(p, loss, groups, targets, plan.logits);
    });
    for (int j = 0; j < count; ++j) {
        const float* logits = plan.logits + j * p.alphabet * W;
        if (in_one_step(p, groups[j])) {
            add_gradients_of_rows(p, plan, logits, hidden[j],
                                  rows_in_place(p, groups[j], output_gradient));
        } else {
            add_gradients_of_rows(p, plan, logits, hidden[j], {plan.row_gradient, W * W});
            scatter_rows(p, plan.row_gradient, groups[j], output_gradient);
        }
    }
    return losses;
}

// Loss of the outputs of so many rows from `first` on; leaves its gradient in `output_gradient`.
inline double readout_of_rows(const Problem& p, const Readout& parameters, const ReadoutPlan& plan,
                              const std::int32_t* targets, const Loss& loss, long first, long rows,
                              float* outputs, float* output_gradient,
                              const ReadoutGradient& gradient) {
    pack_readout(p, parameters, plan);
    fill_zero(plan.weight_gradient, p.alphabet * blocks_of(p.units) * W);
    fill_zero(plan.bias_gradient, p.alphabet * W);
    DoubleVec totals = {};
    RowGroup group = group_at(p, first, rows);
    while (group.count > 0) {
        RowGroup groups[groups_together];
        int count = 0;
        for (; count < groups_together && group.count > 0; ++count) {
            groups[count] = group;
            group = next_group(p, group, rows);
        }
        totals += __builtin_convertvector(
            readout_of_groups(p, plan, loss, groups, count, targets, outputs, output_gradient),
            DoubleVec);
    }
    unpack_readout_gradient(p, plan, gradient);
    double total = 0.0;
    for (int lane = 0; lane < W; ++lane) total += totals[lane];
    return total;
}

// Loss of the top layer's outputs; leaves its gradient in the arena's output gradient.
template <class C>
double readout(const Problem& p, const Readout& parameters, float* memory,
               const std::int32_t* targets, const Loss& loss, const ReadoutGradient& gradient) {
    const TrainingArena<C> arena(p, memory);
    float* outputs = arena.layer(p.depth - 1).hidden + arena.plan.step;
    return readout_of_rows(p, parameters, arena.readout, targets, loss,
                           loss.first_position * p.batch, p.length * p.batch, outputs,
                           arena.output_gradient, gradient);
}

}  // namespace

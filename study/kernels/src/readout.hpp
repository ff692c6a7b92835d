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

// W consecutive rows of the flattened (time, batch); rows past `count` read as zeros.
struct RowGroup {
    long first;
    long count;
};

// Calls body(row in the group, offset in an activation [time][block][batch][W]) for each row.
template <class Body>
SEQMEM_INLINE void for_each_row(const Problem& p, RowGroup group, Body&& body) {
    const long padded = blocks_of(p.units) * W;
    long time = group.first / p.batch;
    long row = group.first % p.batch;
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
    return group.count == W && group.first % p.batch + W <= p.batch;
}

inline Rows rows_in_place(const Problem& p, RowGroup group, float* activation) {
    const long padded = blocks_of(p.units) * W;
    const long time = group.first / p.batch;
    return {activation + time * p.batch * padded + group.first % p.batch * W, p.batch * W};
}

// The group's rows where they are, or gathered in `scratch`.
inline Rows rows_of_group(const Problem& p, RowGroup group, float* hidden, float* scratch) {
    if (in_one_step(p, group)) return rows_in_place(p, group, hidden);
    gather_rows(p, hidden, group, scratch);
    return {scratch, W * W};
}

inline void logits_of_rows(const Problem& p, const ReadoutPlan& plan, Rows rows) {
    const long blocks = blocks_of(p.units);
    for (long k = 0; k < p.alphabet; ++k) {
        Vec partial[W] = {};
        for (long block = 0; block < blocks; ++block) {
            const Vec w = load(plan.weight + (k * blocks + block) * W);
            const float* hidden = rows.data + block * rows.stride;
#pragma GCC unroll 16
            for (int r = 0; r < W; ++r) partial[r] += load(hidden + r * W) * w;
        }
        store(plan.logits + k * W, sum_lanes(partial) + plan.bias[k]);
    }
}

// e^(logit - largest) of a row's classes, which replace the logits.
struct Exponentials {
    Vec top;      // largest logit
    Vec log_sum;  // logarithm of the sum of the exponentials
    Vec inverse;  // one over that sum
};

// A NaN or +inf logit gives NaN.
inline Exponentials exponentials_of_rows(long alphabet, float* logits) {
    Vec top = load(logits);
    for (long k = 1; k < alphabet; ++k) {
        const Vec x = load(logits + k * W);
        top = x > top ? x : top;
    }
    Vec sum = {};
    for (long k = 0; k < alphabet; ++k) {
        const Vec e = exp(load(logits + k * W) - top);
        store(logits + k * W, e);
        sum += e;
    }
    return {top, log(sum), 1.0f / sum};
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
inline Vec weights_of_rows(const Problem& p, const Loss& loss, RowGroup group) {
    if (!loss.row_weights && group.count == W) return splat(loss.weight);
    float weights[W] = {};
    for (long r = 0; r < group.count; ++r) {
        weights[r] = loss.row_weights ? loss.row_weights[(group.first + r) % p.batch] : loss.weight;
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

// Turns logits into their gradients; returns the rows' weighted losses.
inline Vec cross_entropy_of_rows(long alphabet, IntVec symbols, Vec weights, float* logits) {
    const Vec chosen = chosen_logits(alphabet, symbols, logits);
    const Exponentials e = exponentials_of_rows(alphabet, logits);
    const Vec scale = e.inverse * weights;
    for (std::int32_t k = 0; k < alphabet; ++k) {
        const Vec expected = symbols == k ? weights : Vec{};
        store(logits + k * W, load(logits + k * W) * scale - expected);
    }
    // In this order a small loss is not lost beside large logits.
    return weights * ((e.top - chosen) + e.log_sum);
}

constexpr int readout_tile = 4;

// target[block][row] = sum over classes of logit gradient * weight.
inline void gradient_of_rows(const Problem& p, const ReadoutPlan& plan, Rows target) {
    const long blocks = blocks_of(p.units);
    for (long block = 0; block < blocks; ++block) {
        for (long row = 0; row < W; row += readout_tile) {
            Vec acc[readout_tile] = {};
            for (long k = 0; k < p.alphabet; ++k) {
                const Vec w = load(plan.weight + (k * blocks + block) * W);
                const float* d = plan.logits + k * W + row;
#pragma GCC unroll 8
                for (int r = 0; r < readout_tile; ++r) acc[r] += w * d[r];
            }
#pragma GCC unroll 8
            for (int r = 0; r < readout_tile; ++r) {
                store(target.data + block * target.stride + (row + r) * W, acc[r]);
            }
        }
    }
}

// weight_gradient[class][block] += sum over rows of logit gradient * hidden state.
inline void add_weight_gradient(const Problem& p, const ReadoutPlan& plan, Rows rows) {
    const long blocks = blocks_of(p.units);
    for_each_tile<readout_tile>(p.alphabet, [&]<int K>(long first) {
        const float* d = plan.logits + first * W;
        for (long block = 0; block < blocks; ++block) {
            Vec acc[K] = {};
#pragma GCC unroll 4
            for (int r = 0; r < W; ++r) {
                const Vec h = load(rows.data + block * rows.stride + r * W);
#pragma GCC unroll 8
                for (int k = 0; k < K; ++k) acc[k] += h * d[k * W + r];
            }
#pragma GCC unroll 8
            for (int k = 0; k < K; ++k) {
                float* cell = plan.weight_gradient + ((first + k) * blocks + block) * W;
                store(cell, load(cell) + acc[k]);
            }
        }
    });
    for (long k = 0; k < p.alphabet; ++k) {
        float* cell = plan.bias_gradient + k * W;
        store(cell, load(cell) + load(plan.logits + k * W));
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

// Loss of the top layer's outputs; leaves its gradient in the arena's output gradient.
template <class C>
double readout(const Problem& p, const Readout& parameters, float* memory,
               const std::int32_t* targets, const Loss& loss, const ReadoutGradient& gradient) {
    const TrainingArena<C> arena(p, memory);
    const ReadoutPlan& plan = arena.readout;
    float* outputs = arena.layer(p.depth - 1).hidden + arena.plan.step;
    pack_readout(p, parameters, plan);
    fill_zero(plan.weight_gradient, p.alphabet * arena.plan.padded);
    fill_zero(plan.bias_gradient, p.alphabet * W);
    DoubleVec totals = {};
    const long rows = p.length * p.batch;
    for (long first = loss.first_position * p.batch; first < rows; first += W) {
        const RowGroup group{first, smaller(W, rows - first)};
        const Rows hidden = rows_of_group(p, group, outputs, plan.rows);
        logits_of_rows(p, plan, hidden);
        const Vec losses =
            cross_entropy_of_rows(p.alphabet, symbols_of_rows(targets, group),
                                  weights_of_rows(p, loss, group), plan.logits);
        totals += __builtin_convertvector(losses, DoubleVec);
        add_weight_gradient(p, plan, hidden);
        if (in_one_step(p, group)) {
            gradient_of_rows(p, plan, rows_in_place(p, group, arena.output_gradient));
        } else {
            gradient_of_rows(p, plan, {plan.row_gradient, W * W});
            scatter_rows(p, plan.row_gradient, group, arena.output_gradient);
        }
    }
    unpack_readout_gradient(p, plan, gradient);
    double total = 0.0;
    for (int lane = 0; lane < W; ++lane) total += totals[lane];
    return total;
}

}  // namespace

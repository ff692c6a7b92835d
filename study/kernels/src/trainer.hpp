// Whole training steps: forward, loss, backward, clipping and optimizer in one call.
#pragma once

#include <cstdint>
#include <vector>

#include "arena.hpp"
#include "kernel_table.hpp"

namespace seqmem {

struct OptimizerSettings {
    Rule rule;
    double beta1;
    double beta2;
    double epsilon;
    double weight_decay;
    double momentum;
    double max_gradient_norm;  // infinity: no clipping
};

struct StepResult {
    double loss;           // nats
    double gradient_norm;  // before clipping
};

class Trainer {
public:
    // `shape`: its batch and length do not count. `parameters`: those of each layer, then the readout's
    // weight and bias; updated in place.
    Trainer(const KernelTable& kernels, const Problem& shape, std::vector<float*> parameters,
            const OptimizerSettings& settings);

    // Mean cross-entropy over all (batch, length) symbols; the state is carried in place.
    StepResult step(const std::int64_t* tokens, const std::int64_t* targets, long batch,
                    long length, State state, double learning_rate);

    // Sum over rows of weight times cross-entropy of the row's last symbol, from a zero state.
    // targets: (batch).
    StepResult step_last(const std::int64_t* tokens, const std::int64_t* targets,
                         const float* row_weights, long batch, long length, double learning_rate);

    std::vector<float>& gradients() { return gradients_; }
    std::vector<float>& first_moments() { return first_moments_; }
    std::vector<float>& second_moments() { return second_moments_; }
    long steps_taken = 0;

private:
    Problem problem_of(long batch, long length) const;
    StepResult run(const Problem& problem, const Loss& loss, ConstState initial, State final,
                   double learning_rate);
    void apply(double learning_rate, double gradient_norm);

    const KernelTable& kernels_;
    Problem shape_;
    OptimizerSettings settings_;
    std::vector<float*> parameters_;
    std::vector<long> sizes_;
    std::vector<float> gradients_;
    std::vector<float*> gradient_pointers_;
    std::vector<float> first_moments_;
    std::vector<float> second_moments_;
    std::vector<std::int32_t> tokens_;
    std::vector<std::int32_t> targets_;
    Arena arena_;
};

}  // namespace seqmem

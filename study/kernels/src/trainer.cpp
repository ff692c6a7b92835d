#include "trainer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "symbols.hpp"

namespace seqmem {
namespace {

std::vector<long> parameter_sizes(const Problem& p) {
    const long gate_units = gates_of(p.cell) * p.units;
    std::vector<long> sizes;
    for (long layer = 0; layer < p.depth; ++layer) {
        sizes.push_back(gate_units * (layer ? p.units : p.alphabet));
        if (has_recurrent_weights(p.cell)) sizes.push_back(gate_units * p.units);
        sizes.push_back(gate_units);
        if (has_recurrent_weights(p.cell)) sizes.push_back(gate_units);
    }
    sizes.push_back(p.alphabet * p.units);
    sizes.push_back(p.alphabet);
    return sizes;
}

}  // namespace

Trainer::Trainer(const KernelTable& kernels, const Problem& shape, std::vector<float*> parameters,
                 const OptimizerSettings& settings)
    : kernels_(kernels),
      shape_(shape),
      settings_(settings),
      parameters_(std::move(parameters)),
      sizes_(parameter_sizes(shape_)) {
    std::size_t total = 0;
    for (long size : sizes_) total += static_cast<std::size_t>(size);
    gradients_.resize(total);
    first_moments_.resize(total);
    second_moments_.resize(total);
    float* at = gradients_.data();
    for (long size : sizes_) {
        gradient_pointers_.push_back(at);
        at += size;
    }
}

StepResult Trainer::step(const std::int64_t* tokens, const std::int64_t* targets, long batch,
                         long length, State state, double learning_rate) {
    const Problem p = problem_of(batch, length);
    to_time_major(tokens, batch, length, p.alphabet, "tokens", tokens_);
    to_time_major(targets, batch, length, p.alphabet, "targets", targets_);
    const auto weight = static_cast<float>(1.0 / static_cast<double>(batch * length));
    return run(p, {0, nullptr, weight, batch}, {state.hidden, state.memory}, state, learning_rate);
}

StepResult Trainer::step_last(const std::int64_t* tokens, const std::int64_t* targets,
                              const float* row_weights, long batch, long length,
                              double learning_rate) {
    const Problem p = problem_of(batch, length);
    to_time_major(tokens, batch, length, p.alphabet, "tokens", tokens_);
    std::vector<std::int32_t> last;
    to_time_major(targets, batch, 1, p.alphabet, "targets", last);
    targets_.assign(static_cast<std::size_t>(batch * length), 0);
    std::copy(last.begin(), last.end(), targets_.end() - batch);
    return run(p, {length - 1, row_weights, 0.0f, batch}, {}, {}, learning_rate);
}

Problem Trainer::problem_of(long batch, long length) const {
    Problem p = shape_;
    p.batch = batch;
    p.length = length;
    return p;
}

StepResult Trainer::run(const Problem& p, const Loss& loss, ConstState initial, State final,
                        double learning_rate) {
    float* arena = arena_.reserve(kernels_.arena_floats(p));
    const std::size_t readout = parameters_.size() - 2;
    StepResult result{};
    kernels_.forward(p, parameters_.data(), arena, tokens_.data(), initial, final);
    result.loss = kernels_.readout(p, {parameters_[readout], parameters_[readout + 1]}, arena,
                                   targets_.data(), loss,
                                   {gradient_pointers_[readout], gradient_pointers_[readout + 1]});
    kernels_.backward(p, parameters_.data(), arena, tokens_.data(), loss.first_position, {},
                      gradient_pointers_.data(), {});
    result.gradient_norm = std::sqrt(
        kernels_.squared_norm(gradients_.data(), static_cast<long>(gradients_.size())));
    apply(learning_rate, result.gradient_norm);
    return result;
}

// Clipping as torch.nn.utils.clip_grad_norm_: a NaN norm makes every gradient NaN.
void Trainer::apply(double learning_rate, double gradient_norm) {
    ++steps_taken;
    double scale = 1.0;
    if (!std::isinf(settings_.max_gradient_norm)) {
        scale = settings_.max_gradient_norm / (gradient_norm + 1e-6);
        if (scale > 1.0) scale = 1.0;
    }
    const Update update{settings_.rule,
                        learning_rate,
                        settings_.beta1,
                        settings_.beta2,
                        settings_.epsilon,
                        settings_.weight_decay,
                        settings_.momentum,
                        scale,
                        1.0 - std::pow(settings_.beta1, static_cast<double>(steps_taken)),
                        1.0 - std::pow(settings_.beta2, static_cast<double>(steps_taken)),
                        steps_taken == 1};
    long at = 0;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        kernels_.update(update, sizes_[i], parameters_[i], gradients_.data() + at,
                        first_moments_.data() + at, second_moments_.data() + at);
        at += sizes_[i];
    }
}

}  // namespace seqmem

#include "tape.hpp"

#include <stdexcept>

#include "symbols.hpp"

namespace seqmem {

Tape::Tape(const KernelTable& kernels, const Problem& problem)
    : kernels_(kernels), problem_(problem) {}

void Tape::forward(const std::int64_t* tokens, const float* const* parameters,
                   ConstState initial, float* outputs, State final) {
    const Problem& p = problem_;
    to_time_major(tokens, p.batch, p.length, p.alphabet, "tokens", tokens_);
    arena_.reserve(kernels_.arena_floats(p));
    kernels_.forward(p, parameters, arena_.data(), tokens_.data(), initial, final);
    kernels_.store_outputs(p, arena_.data(), outputs);
    ready_ = true;
}

void Tape::backward(const float* const* parameters, const float* output_gradient,
                    ConstState final_gradient, float* const* gradients, State initial_gradient) {
    if (!ready_) throw std::logic_error("the backward pass of this forward pass has already run");
    ready_ = false;
    kernels_.load_output_gradient(problem_, arena_.data(), output_gradient);
    kernels_.backward(problem_, parameters, arena_.data(), tokens_.data(), 0, final_gradient,
                      gradients, initial_gradient);
}

}  // namespace seqmem

// One forward pass of the recurrence and what its backward pass needs, for automatic
// differentiation by the caller.
#pragma once

#include <cstdint>
#include <vector>

#include "arena.hpp"
#include "kernel_table.hpp"

namespace seqmem {

class Tape {
public:
    Tape(const KernelTable& kernels, const Problem& problem);

    const Problem& problem() const { return problem_; }

    // tokens: (batch, length); outputs: (batch, length, units).
    void forward(const std::int64_t* tokens, const float* const* parameters, ConstState initial,
                 float* outputs, State final);

    // Once per forward pass, which it consumes; throws std::logic_error the second time.
    void backward(const float* const* parameters, const float* output_gradient,
                  ConstState final_gradient, float* const* gradients, State initial_gradient);

private:
    const KernelTable& kernels_;
    Problem problem_;
    std::vector<std::int32_t> tokens_;
    Arena arena_;
    bool ready_ = false;
};

}  // namespace seqmem

// The interface between the code compiled once per instruction set and the code compiled once.
// Plain data and function pointers only, so that nothing compiled for a newer processor is ever
// shared, through the linker, with code that must run on an older one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace seqmem {

enum class Cell : int { lstm = 0, gru = 1, rnn = 2, mingru = 3, minlstm = 4 };

static constexpr long gates_of(Cell cell) {
    switch (cell) {
        case Cell::lstm:
            return 4;
        case Cell::gru:
        case Cell::minlstm:
            return 3;
        case Cell::mingru:
            return 2;
        default:
            return 1;
    }
}

// Whether the gates see the state, through a recurrent matrix.
static constexpr bool has_recurrent_weights(Cell cell) {
    return cell != Cell::mingru && cell != Cell::minlstm;
}

// How the minimal cells compute their candidate state; other cells have no choice.
enum class Candidate : int { linear = 0, positive = 1 };

struct Problem {
    Cell cell;
    long alphabet;
    long units;
    long depth;
    long batch;
    long length;
    Candidate candidate = Candidate::linear;
};

// Parameters in torch's order: weight_ih, weight_hh, bias_ih, bias_hh per layer.
constexpr long parameters_per_layer = 4;
enum Parameter : long { weight_ih = 0, weight_hh = 1, bias_ih = 2, bias_hh = 3 };
// Of a cell without recurrent weights: weight_ih, bias_ih.
constexpr long minimal_parameters_per_layer = 2;
enum MinimalParameter : long { minimal_weight = 0, minimal_bias = 1 };

static constexpr long layer_parameters_of(Cell cell) {
    return has_recurrent_weights(cell) ? parameters_per_layer : minimal_parameters_per_layer;
}

// torch's layout (depth, batch, units); a null pointer reads as zeros and is not written.
struct ConstState {
    const float* hidden;
    const float* memory;
};
struct State {
    float* hidden;
    float* memory;
};

// Cross-entropy from position `first_position` on; one weight per row of the batch, or `weight` for all.
struct Loss {
    long first_position;
    const float* row_weights;  // (batch)
    float weight;
    long batch;
};

struct Readout {
    const float* weight;  // (alphabet, units)
    const float* bias;    // (alphabet)
};
struct ReadoutGradient {
    float* weight;
    float* bias;
};

// What an evaluation writes; each may be null.
struct Predictions {
    float* logits;         // (batch, length, alphabet)
    float* nll;            // (batch, length), nats
    std::int64_t* argmax;  // (batch, length)
};

enum class Rule : int { adam = 0, adamw = 1, sgd = 2 };

// One optimizer step over one flat array, in torch's semantics.
struct Update {
    Rule rule;
    double learning_rate;
    double beta1;
    double beta2;
    double epsilon;
    double weight_decay;
    double momentum;
    double gradient_scale;
    double bias_correction1;
    double bias_correction2;
    bool first_step;
};

// Tokens and targets are time-major, (length, batch). `arena` is 64-byte aligned scratch memory of
// at least `arena_floats(problem)` floats; forward leaves in it what backward reads.
struct KernelTable {
    const char* isa;
    long width;
    std::size_t (*arena_floats)(const Problem&);
    std::size_t (*evaluation_floats)(const Problem&);
    void (*forward)(const Problem&, const float* const* parameters, float* arena,
                    const std::int32_t* tokens, ConstState initial, State final);
    double (*readout)(const Problem&, const Readout&, float* arena, const std::int32_t* targets,
                      const Loss&, const ReadoutGradient&);
    void (*store_outputs)(const Problem&, const float* arena, float* outputs);
    void (*load_output_gradient)(const Problem&, float* arena, const float* gradient);
    // Positions before `first_position` have no gradient from above.
    void (*backward)(const Problem&, const float* const* parameters, float* arena,
                     const std::int32_t* tokens, long first_position, ConstState final_gradient,
                     float* const* gradients, State initial_gradient);
    void (*evaluate)(const Problem&, const float* const* parameters, const Readout&, float* arena,
                     const std::int32_t* tokens, const std::int32_t* targets, ConstState initial,
                     const Predictions&, State final);
    // From the zero state; overwrites the tokens of the first time step.
    void (*continue_greedily)(const Problem&, const float* const* parameters, const Readout&,
                              float* arena, std::int32_t* tokens, long horizon,
                              std::int64_t* predicted);
    double (*squared_norm)(const float* values, long count);
    void (*update)(const Update&, long count, float* parameter, const float* gradient,
                   float* first_moment, float* second_moment);
};

}  // namespace seqmem

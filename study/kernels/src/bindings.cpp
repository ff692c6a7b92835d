// Python's view of the kernels: numpy arrays in, numpy arrays written in place. Everything behind
// the checks works on plain pointers, without the interpreter lock.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "arena.hpp"
#include "arguments.hpp"
#include "dispatch.hpp"
#include "symbols.hpp"
#include "tape.hpp"
#include "trainer.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using namespace seqmem;

// Holds an object for one call. Taken with the interpreter lock, kept without it: a second thread
// gets an exception instead of memory that the first one is using.
class Busy {
public:
    explicit Busy(std::atomic_flag& flag) : flag_(flag) {
        if (flag_.test_and_set()) throw std::logic_error("in use by another thread");
    }
    ~Busy() { flag_.clear(); }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

private:
    std::atomic_flag& flag_;
};

class PythonTape {
public:
    PythonTape(const std::string& isa, const std::string& cell, long alphabet, long units,
               long depth, Symbols tokens)
        : tokens_(tokens),
          tape_(select_kernels(isa, cell_of(cell).cell, units),
                problem_of(cell, alphabet, units, depth, tokens)) {}

    void forward(const std::vector<ConstFloats>& parameters, ConstFloats hidden,
                 ConstFloats memory, Floats outputs, Floats final_hidden, Floats final_memory) {
        const Problem& p = tape_.problem();
        const auto pointers = recurrent_pointers(p, parameters, 0);
        require_shape(outputs, "outputs", {p.batch, p.length, p.units});
        const ConstState initial{optional_data(hidden, "hidden", state_shape(p)),
                                 optional_data(memory, "memory", state_shape(p))};
        const State final{optional_data(final_hidden, "final hidden", state_shape(p)),
                          optional_data(final_memory, "final memory", state_shape(p))};
        const Busy busy(busy_);
        const nb::gil_scoped_release unlocked;
        tape_.forward(tokens_.data(), pointers.data(), initial, outputs.data(), final);
    }

    void backward(const std::vector<ConstFloats>& parameters, ConstFloats output_gradient,
                  ConstFloats hidden_gradient, ConstFloats memory_gradient,
                  const std::vector<Floats>& gradients, Floats initial_hidden,
                  Floats initial_memory) {
        const Problem& p = tape_.problem();
        const auto pointers = recurrent_pointers(p, parameters, 0);
        const auto targets = recurrent_pointers(p, gradients, 0);
        require_shape(output_gradient, "output gradient", {p.batch, p.length, p.units});
        const ConstState final{optional_data(hidden_gradient, "hidden gradient", state_shape(p)),
                               optional_data(memory_gradient, "memory gradient", state_shape(p))};
        const State initial{optional_data(initial_hidden, "initial hidden", state_shape(p)),
                            optional_data(initial_memory, "initial memory", state_shape(p))};
        const Busy busy(busy_);
        const nb::gil_scoped_release unlocked;
        tape_.backward(pointers.data(), output_gradient.data(), final, targets.data(), initial);
    }

private:
    std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
    Symbols tokens_;
    Tape tape_;
};

Rule rule_of(const std::string& name) {
    if (name == "adam") return Rule::adam;
    if (name == "adamw") return Rule::adamw;
    if (name == "sgd") return Rule::sgd;
    throw std::invalid_argument("unknown optimizer '" + name + "'; valid: adam, adamw, sgd");
}

class PythonTrainer {
public:
    PythonTrainer(const std::string& isa, const std::string& cell, long alphabet, long units,
                  long depth, std::vector<Floats> parameters, const std::string& optimizer,
                  double beta1, double beta2, double epsilon, double weight_decay,
                  double momentum, double max_gradient_norm)
        : cell_(cell),
          alphabet_(alphabet),
          units_(units),
          depth_(depth),
          parameters_(std::move(parameters)),
          trainer_(select_kernels(isa, cell_of(cell).cell, units),
                   shape_of(cell, alphabet, units, depth), pointers(),
                   {rule_of(optimizer), beta1, beta2, epsilon, weight_decay, momentum,
                    max_gradient_norm}) {}

    std::pair<double, double> step(Symbols tokens, Symbols targets, Floats hidden, Floats memory,
                                   double learning_rate) {
        const Problem p = problem_of(cell_, alphabet_, units_, depth_, tokens);
        require_shape(targets, "targets", {p.batch, p.length});
        const State state{optional_data(hidden, "hidden", state_shape(p)),
                          optional_data(memory, "memory", state_shape(p))};
        const Busy busy(busy_);
        const nb::gil_scoped_release unlocked;
        const StepResult r = trainer_.step(tokens.data(), targets.data(), p.batch, p.length, state,
                                           learning_rate);
        return {r.loss, r.gradient_norm};
    }

    std::pair<double, double> step_last(Symbols tokens, Symbols targets, ConstFloats weights,
                                        double learning_rate) {
        const Problem p = problem_of(cell_, alphabet_, units_, depth_, tokens);
        require_shape(targets, "targets", {p.batch});
        require_shape(weights, "row weights", {p.batch});
        const Busy busy(busy_);
        const nb::gil_scoped_release unlocked;
        const StepResult r = trainer_.step_last(tokens.data(), targets.data(), weights.data(),
                                                p.batch, p.length, learning_rate);
        return {r.loss, r.gradient_norm};
    }

    Trainer& trainer() { return trainer_; }

private:
    std::vector<float*> pointers() const {
        const Problem p = shape_of(cell_, alphabet_, units_, depth_);
        auto all = recurrent_pointers(p, parameters_, 2);
        const std::size_t weight = parameters_.size() - 2;
        require_shape(parameters_[weight], "readout weight", {alphabet_, units_});
        require_shape(parameters_[weight + 1], "readout bias", {alphabet_});
        all.push_back(parameters_[weight].data());
        all.push_back(parameters_[weight + 1].data());
        return all;
    }

    std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
    std::string cell_;
    long alphabet_;
    long units_;
    long depth_;
    std::vector<Floats> parameters_;
    Trainer trainer_;
};

// A numpy view of a trainer's flat vector, which keeps the trainer alive.
template <class Get>
auto view_of(Get get) {
    return [get](nb::handle self) {
        std::vector<float>& values = get(nb::cast<PythonTrainer&>(self).trainer());
        return nb::ndarray<nb::numpy, float, nb::ndim<1>>(values.data(), {values.size()}, self);
    };
}

Readout readout_of(const Problem& p, const std::vector<ConstFloats>& parameters) {
    const ConstFloats& weight = parameters[parameters.size() - 2];
    const ConstFloats& bias = parameters.back();
    require_shape(weight, "readout weight", {p.alphabet, p.units});
    require_shape(bias, "readout bias", {p.alphabet});
    return {weight.data(), bias.data()};
}

void evaluate(const std::string& isa, const std::string& cell, long alphabet, long units,
              long depth, const std::vector<ConstFloats>& parameters, Symbols tokens,
              Symbols targets, ConstFloats hidden, ConstFloats memory, Floats logits, Floats nll,
              Indices argmax, Floats final_hidden, Floats final_memory) {
    const Problem p = problem_of(cell, alphabet, units, depth, tokens);
    const auto pointers = recurrent_pointers(p, parameters, 2);
    const Readout readout = readout_of(p, parameters);
    const std::vector<long> plane{p.batch, p.length};
    const std::int64_t* wanted = optional_data(targets, "targets", plane);
    const Predictions out{optional_data(logits, "logits", {p.batch, p.length, alphabet}),
                          optional_data(nll, "nll", plane),
                          optional_data(argmax, "argmax", plane)};
    if (out.nll && !wanted) throw std::invalid_argument("nll needs targets");
    const ConstState initial{optional_data(hidden, "hidden", state_shape(p)),
                             optional_data(memory, "memory", state_shape(p))};
    const State final{optional_data(final_hidden, "final hidden", state_shape(p)),
                      optional_data(final_memory, "final memory", state_shape(p))};
    const KernelTable& kernels = select_kernels(isa, p.cell, units);
    const nb::gil_scoped_release unlocked;
    std::vector<std::int32_t> inputs;
    std::vector<std::int32_t> next;
    to_time_major(tokens.data(), p.batch, p.length, alphabet, "tokens", inputs);
    if (wanted) to_time_major(wanted, p.batch, p.length, alphabet, "targets", next);
    const Arena arena(kernels.evaluation_floats(p));
    kernels.evaluate(p, pointers.data(), readout, arena.data(), inputs.data(), next.data(), initial,
                     out, final);
}

void continue_greedily(const std::string& isa, const std::string& cell, long alphabet, long units,
                       long depth, const std::vector<ConstFloats>& parameters, Symbols tokens,
                       Indices predicted) {
    const Problem p = problem_of(cell, alphabet, units, depth, tokens);
    const auto pointers = recurrent_pointers(p, parameters, 2);
    const Readout readout = readout_of(p, parameters);
    const long horizon = predicted.ndim() == 2 ? static_cast<long>(predicted.shape(1)) : 0;
    require_shape(predicted, "predicted", {p.batch, horizon});
    const KernelTable& kernels = select_kernels(isa, p.cell, units);
    const nb::gil_scoped_release unlocked;
    std::vector<std::int32_t> inputs;
    to_time_major(tokens.data(), p.batch, p.length, alphabet, "tokens", inputs);
    const Arena arena(kernels.evaluation_floats(p));
    kernels.continue_greedily(p, pointers.data(), readout, arena.data(), inputs.data(), horizon,
                              predicted.data());
}

}  // namespace

NB_MODULE(_fused, m) {
    // A graph alive at interpreter exit holds a tape: that is no leak worth a message.
    nb::set_leak_warnings(false);
    m.attr("version") = SEQMEM_KERNEL_VERSION;
    m.def("supported_isas", &supported_isas);
    m.def(
        "resolve_isa",
        [](const std::string& isa) { return select_kernels(isa, Cell::lstm, 1).isa; }, "isa"_a);
    nb::class_<PythonTape>(m, "Tape")
        .def(nb::init<const std::string&, const std::string&, long, long, long, Symbols>(),
             "isa"_a, "cell"_a, "alphabet_size"_a, "units"_a, "depth"_a, "tokens"_a)
        .def("forward", &PythonTape::forward, "parameters"_a, "hidden"_a.none(),
             "memory"_a.none(), "outputs"_a.noconvert(), "final_hidden"_a.noconvert(),
             "final_memory"_a.noconvert().none())
        .def("backward", &PythonTape::backward, "parameters"_a, "output_gradient"_a,
             "hidden_gradient"_a.none(), "memory_gradient"_a.none(), "gradients"_a.noconvert(),
             "initial_hidden"_a.noconvert().none(), "initial_memory"_a.noconvert().none());
    nb::class_<PythonTrainer>(m, "Trainer")
        .def(nb::init<const std::string&, const std::string&, long, long, long,
                      std::vector<Floats>, const std::string&, double, double, double, double,
                      double, double>(),
             "isa"_a, "cell"_a, "alphabet_size"_a, "units"_a, "depth"_a,
             "parameters"_a.noconvert(), "optimizer"_a, "beta1"_a, "beta2"_a, "epsilon"_a,
             "weight_decay"_a, "momentum"_a, "max_gradient_norm"_a)
        .def("step", &PythonTrainer::step, "tokens"_a, "targets"_a, "hidden"_a.noconvert(),
             "memory"_a.noconvert().none(), "learning_rate"_a)
        .def("step_last", &PythonTrainer::step_last, "tokens"_a, "targets"_a, "row_weights"_a,
             "learning_rate"_a)
        .def_prop_ro("gradients", view_of([](Trainer& t) -> auto& { return t.gradients(); }))
        .def_prop_ro("first_moments",
                     view_of([](Trainer& t) -> auto& { return t.first_moments(); }))
        .def_prop_ro("second_moments",
                     view_of([](Trainer& t) -> auto& { return t.second_moments(); }))
        .def_prop_rw(
            "steps_taken", [](PythonTrainer& t) { return t.trainer().steps_taken; },
            [](PythonTrainer& t, long steps) { t.trainer().steps_taken = steps; });
    m.def("evaluate", &evaluate, "isa"_a, "cell"_a, "alphabet_size"_a, "units"_a, "depth"_a,
          "parameters"_a, "tokens"_a, "targets"_a.none(), "hidden"_a.none(), "memory"_a.none(),
          "logits"_a.noconvert().none(), "nll"_a.noconvert().none(),
          "argmax"_a.noconvert().none(), "final_hidden"_a.noconvert().none(),
          "final_memory"_a.noconvert().none());
    m.def("continue_greedily", &continue_greedily, "isa"_a, "cell"_a, "alphabet_size"_a, "units"_a,
          "depth"_a, "parameters"_a, "tokens"_a, "predicted"_a.noconvert());
}

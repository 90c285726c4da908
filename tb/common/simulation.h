// Runs a Verilated design: clock, reset, seed, assertions, waves.
//
// A cycle: components drive inputs; the low phase settles; components sample (outputs are what the rising edge
// will see); the edge. A failed assertion or a checker's failure ends the run with the wave intact.
// The design needs ports clk_i and rst_ni. X and uninitialised registers are random, from the seed; so are input
// ports that nobody drives: a testbench sets all of them before Reset().
#pragma once

#include <verilated.h>
#include <verilated_fst_c.h>

#include <cstdint>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "tb/common/scoreboard.h"

namespace tarn::tb {

// How many elements a Verilated port has that is an unpacked array:
// decltype(ElementsOf(std::declval<Dut&>().port))::value.
template <typename Element, std::size_t kCount>
std::integral_constant<std::size_t, kCount> ElementsOf(const VlUnpacked<Element, kCount>&);
template <typename Element, std::size_t kCount>
std::integral_constant<std::size_t, kCount> ElementsOf(const Element (&)[kCount]);

struct SimulationOptions {
  std::uint64_t seed = 1;
  std::string wave_file;              // none if empty; needs a design built with TRACE
  std::uint64_t wave_from_cycle = 0;  // the window of cycles that goes into the wave
  std::uint64_t wave_cycles = ~std::uint64_t{0};
};

// Something beside the design that lives in its clock: drivers, monitors, models of devices.
class Component {
 public:
  virtual ~Component() = default;
  virtual void Sample(std::uint64_t cycle) = 0;  // outputs are settled: note what the edge will take
  virtual void Drive(std::uint64_t cycle) = 0;   // after the edge: set inputs for the next one
};

// Writes the waves of a design that was built with tracing; for one that was not there is nothing to link with.
template <typename Dut, bool kTraceable = requires(Dut& dut, VerilatedFstC* wave) { dut.trace(wave, 99); }>
class Wave {
 public:
  void Open(Dut&, const std::string&) {
    std::cerr << "this design was built without tracing: configure with -DTARN_TRACE=ON (preset debug)\n";
  }
  void Dump(std::uint64_t) {}
  void Close() {}
};

template <typename Dut>
class Wave<Dut, true> {
 public:
  void Open(Dut& dut, const std::string& file) {
    wave_ = std::make_unique<VerilatedFstC>();
    dut.trace(wave_.get(), 99);
    wave_->open(file.c_str());
  }
  void Dump(std::uint64_t time) {
    if (wave_) wave_->dump(time);
  }
  void Close() {
    if (wave_) wave_->close();
    wave_.reset();
  }

 private:
  std::unique_ptr<VerilatedFstC> wave_;
};

template <typename Dut>
class Simulation {
 public:
  static constexpr int kResetCycles = 5;
  static constexpr int kCyclesAfterFailure = 5;  // so that the wave shows what came of it

  explicit Simulation(SimulationOptions options) : options_(std::move(options)) {
    context_->randReset(2);
    context_->randSeed(static_cast<int>(options_.seed % 0x7FFFFFFF) + 1);
    context_->fatalOnError(false);
    if (!options_.wave_file.empty()) context_->traceEverOn(true);
    dut_ = std::make_unique<Dut>(context_.get());
    if (!options_.wave_file.empty()) wave_.Open(*dut_, options_.wave_file);
  }
  ~Simulation() {
    Verilated::threadContextp(context_.get());
    CloseWave();
    dut_->final();
  }
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  Dut& dut() { return *dut_; }
  const Dut& dut() const { return *dut_; }
  Failures& failures() { return failures_; }
  const Failures& failures() const { return failures_; }
  std::uint64_t cycle() const { return cycle_; }
  // A component lives as long as the simulation, or longer.
  void Add(Component& component) { components_.push_back(&component); }

  // Holds reset for kResetCycles; components do not run meanwhile.
  void Reset() {
    dut_->rst_ni = 0;
    for (int i = 0; i < kResetCycles; ++i) HalfCycles([] {});
    dut_->rst_ni = 1;
  }

  // One clock. Returns false once a check has failed.
  bool Step() {
    for (Component* component : components_) component->Drive(cycle_);
    HalfCycles([this] {
      for (Component* component : components_) component->Sample(cycle_);
    });
    ++cycle_;
    if (context_->gotError() || context_->gotFinish()) {
      failures_.Add("an assertion of the design failed in cycle " + std::to_string(cycle_ - 1));
      context_->gotError(false);
      context_->gotFinish(false);
    }
    return !failures_.any();
  }

  // Steps until `done`, at most `cycles_max` times. A wait that ends without `done` is a failure with `what`.
  bool RunUntil(const std::function<bool()>& done, std::uint64_t cycles_max, const std::string& what) {
    for (std::uint64_t i = 0; i < cycles_max && !done(); ++i) {
      if (!Step()) return Fail();
    }
    if (done()) return true;
    failures_.Add("after " + std::to_string(cycles_max) + " cycles still waiting for " + what);
    return Fail();
  }

  bool Run(std::uint64_t cycles) {
    for (std::uint64_t i = 0; i < cycles; ++i) {
      if (!Step()) return Fail();
    }
    return true;
  }

  void CloseWave() { wave_.Close(); }

 private:
  template <typename BeforeEdge>
  void HalfCycles(BeforeEdge before_edge) {
    // Verilator reports to the thread's context; a component may have stepped a simulation of its own.
    Verilated::threadContextp(context_.get());
    dut_->clk_i = 0;
    dut_->eval();
    Dump(time_);
    before_edge();
    Verilated::threadContextp(context_.get());
    dut_->clk_i = 1;
    dut_->eval();
    Dump(time_ + 1);
    time_ += 2;
    context_->time(time_);
  }

  bool Fail() {
    for (int i = 0; i < kCyclesAfterFailure; ++i) Step();
    CloseWave();
    return false;
  }

  void Dump(std::uint64_t time) {
    if (options_.wave_file.empty() || cycle_ < options_.wave_from_cycle) return;
    if (cycle_ - options_.wave_from_cycle < options_.wave_cycles) wave_.Dump(time);
  }

  SimulationOptions options_;
  std::unique_ptr<VerilatedContext> context_ = std::make_unique<VerilatedContext>();
  std::unique_ptr<Dut> dut_;
  Wave<Dut> wave_;
  std::vector<Component*> components_;
  Failures failures_;
  std::uint64_t cycle_ = 0;
  std::uint64_t time_ = 0;
};

}  // namespace tarn::tb

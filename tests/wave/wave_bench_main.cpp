// Measures how fast waves are compared: wave_bench --json FILE [--quick]. The size is that of the DUT's changes as VCD
// text; the golden wave has as many.
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "sw/wave/comparison.h"
#include "sw/wave/fst_file.h"
#include "sw/wave/plan.h"
#include "sw/wave/wave_reader.h"
#include "tb/common/bench_main.h"

namespace tarn::tb {

namespace {

constexpr std::uint32_t kPorts = 8;
constexpr std::uint32_t kDataBits = 64;

// Transactions on all ports in every second cycle; answers the bytes that the changes have as VCD text.
std::uint64_t WriteWave(const std::string& path, std::uint64_t bytes_wanted) {
  wave::FstFile file(path, -9);
  const wave::Handle clk = file.Declare("tb.clk", 1);
  std::vector<wave::Handle> valid;
  std::vector<wave::Handle> data;
  for (std::uint32_t i = 0; i < kPorts; ++i) {
    valid.push_back(file.Declare("tb.p" + std::to_string(i) + "_valid", 1));
    data.push_back(file.Declare("tb.p" + std::to_string(i) + "_data", kDataBits));
  }
  std::mt19937_64 random(1);
  std::uint64_t bytes = 0;
  std::string value(kDataBits, '0');
  for (std::uint64_t cycle = 0; bytes < bytes_wanted; ++cycle) {
    file.Time(10 * cycle);
    file.Set(clk, "0");
    for (std::uint32_t i = 0; i < kPorts; ++i) {
      const bool shown = cycle % 2 == 0;
      file.Set(valid[i], shown ? "1" : "0");
      bytes += sizeof "1!";
      if (!shown) continue;
      for (std::uint64_t bits = random(), at = 0; at < kDataBits; ++at) value[at] = (bits >> at & 1) != 0 ? '1' : '0';
      file.Set(data[i], value.c_str());
      bytes += kDataBits + sizeof "b !";
    }
    file.Time(10 * cycle + 5);
    file.Set(clk, "1");
    bytes += 2 * sizeof "#1234567" + 2 * sizeof "1!";
  }
  return bytes;
}

[[noreturn]] void GiveUp(const std::string& why) {
  std::cerr << "wave_bench: " << why << "\n";
  std::exit(1);
}

}  // namespace

nlohmann::json MeasureFigures(bool quick) {
  const std::uint64_t bytes_wanted = quick ? 8'000'000 : 1'000'000'000;
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  const std::string dut_path = (folder / ("tarn_wave_bench_dut_" + std::to_string(::getpid()) + ".fst")).string();
  const std::string golden_path = (folder / ("tarn_wave_bench_golden_" + std::to_string(::getpid()) + ".fst")).string();
  const auto bytes = static_cast<double>(WriteWave(dut_path, bytes_wanted));
  WriteWave(golden_path, bytes_wanted);
  const auto start = std::chrono::steady_clock::now();
  const auto dut = wave::WaveReader::Open(dut_path);
  const auto golden = wave::WaveReader::Open(golden_path);
  if (!dut.ok() || !golden.ok()) GiveUp("the waves cannot be read");
  const auto plan = wave::MakePlan((*dut)->header(), (*golden)->header(), {});
  if (!plan.ok()) GiveUp(plan.status().message());
  const auto comparison = wave::CompareTransactions(**dut, **golden, *plan, {});
  if (!comparison.ok()) GiveUp(comparison.status().message());
  if (!comparison->same()) GiveUp("equal waves were found different");
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::filesystem::remove(dut_path);
  std::filesystem::remove(golden_path);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return {{"wave.mb_per_second", {{"value", bytes / 1e6 / seconds}, {"unit", "MB/s"}}},
          {"wave.memory_mb", {{"value", static_cast<double>(usage.ru_maxrss) / 1024}, {"unit", "MiB"}}}};
}

}  // namespace tarn::tb

// The wave of the golden pool: what it was asked, what it answers, and what becomes of its pages, on the RTL's ports.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/common/line_protocol_fields.h"
#include "models/pool/pool_messages_fields.h"
#include "sw/wave/golden_wave.h"
#include "tb/pool/pool_cosimulation.h"

namespace tarn::tb {

class GoldenPoolWave {
 public:
  GoldenPoolWave(const std::string& path, std::uint32_t hosts, std::uint64_t reset_cycles)
      : wave_(path, "TOP.tarn_pool", reset_cycles) {
    for (const bool walk : {false, true}) {
      const std::string name = walk ? "walk" : "host";
      for (std::uint32_t host = 0; host < hosts; ++host) {
        const std::string index = "[" + std::to_string(host) + "]";
        requests_[walk].push_back(
            wave_.AddPort<HostRequest>(name + "_req", wave::GoldenWave::Direction::kInput, index));
        responses_[walk].push_back(
            wave_.AddPort<LineResponse>(name + "_rsp", wave::GoldenWave::Direction::kOutput, index));
      }
    }
    changes_ = wave_.AddPort<pool::ChangeNotice>("change", wave::GoldenWave::Direction::kOutput);
  }

  void Follow(PoolCosimulation& model) {
    model.set_on_request([this](std::uint32_t host, bool walk, const HostRequest& request, std::uint64_t cycle) {
      wave_.Put(requests_[walk][host], request, cycle);
    });
    model.set_on_expected(
        [this](std::uint32_t host, bool walk, const LineResponse& response, bool data, std::uint64_t cycle) {
          // Whether it waited for a page is a matter of time; without a meaning, data may be anything.
          if (data) {
            wave_.Put(responses_[walk][host], response, cycle, {"walked", "paged"});
          } else {
            wave_.Put(responses_[walk][host], response, cycle, {"walked", "paged", "data"});
          }
        });
    model.set_on_notice(
        [this](const pool::ChangeNotice& notice, std::uint64_t cycle) { wave_.Put(changes_, notice, cycle); });
  }
  // pages: that the model may have written out by its last flush, one in a cycle.
  void Finish(std::uint64_t cycle, std::uint32_t pages) { wave_.Finish(cycle + pages); }

 private:
  wave::GoldenWave wave_;
  std::array<std::vector<wave::GoldenWave::Port>, 2> requests_, responses_;  // of hosts; of walks
  wave::GoldenWave::Port changes_ = 0;
};

}  // namespace tarn::tb

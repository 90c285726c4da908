// The wave of the golden IOMMU: requests, where they go, and how they are answered, on the RTL's ports.
#pragma once

#include <cstdint>
#include <string>

#include "models/common/line_protocol_fields.h"
#include "sw/wave/golden_wave.h"
#include "tb/iommu/iommu_bench.h"

namespace tarn::tests {

class GoldenIommuWave {
 public:
  explicit GoldenIommuWave(const std::string& path)
      : wave_(path, "TOP.tarn_iommu", tb::Simulation<Vtb_iommu>::kResetCycles),
        requests_(wave_.AddPort<DeviceRequest>("dev_req", wave::GoldenWave::Direction::kInput)),
        host_requests_(wave_.AddPort<HostRequest>("host_req", wave::GoldenWave::Direction::kOutput)),
        answers_(wave_.AddPort<LineResponse>("dev_rsp", wave::GoldenWave::Direction::kOutput)) {}

  void Request(const DeviceRequest& request, std::uint64_t cycle) { wave_.Put(requests_, request, cycle); }
  void HostRequestOf(const HostRequest& request, std::uint64_t cycle) { wave_.Put(host_requests_, request, cycle); }
  // What the answer waited for is a matter of time.
  void Answer(const LineResponse& answer, std::uint64_t cycle) {
    wave_.Put(answers_, answer, cycle, {"walked", "paged"});
  }
  // An answer of which the model knows that there is one.
  void SomeAnswer(std::uint8_t tag, std::uint64_t cycle) {
    LineResponse answer;
    answer.tag = tag;
    wave_.Put(answers_, answer, cycle, {"status", "walked", "paged", "data"});
  }
  void Finish(std::uint64_t cycle) { wave_.Finish(cycle); }

 private:
  wave::GoldenWave wave_;
  wave::GoldenWave::Port requests_, host_requests_, answers_;
};

}  // namespace tarn::tests

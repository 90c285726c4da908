// The wave of the golden IOMMU: requests, where they go, how they are answered, and the faults that are recorded, on
// the RTL's ports.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "models/common/bits.h"
#include "models/common/line_protocol_fields.h"
#include "models/iommu/iommu.h"
#include "sw/wave/golden_wave.h"
#include "tb/iommu/iommu_bench.h"

namespace tarn {

// A fault of a request on its way to the fault queue, as the RTL has it (fault_t of rtl/iommu/tarn_iommu_pkg.sv).
struct FaultReport {
  static constexpr int kBits = 192, kWords = 6;
  iommu::FaultRecord record;

  void Pack(std::uint32_t* words) const {
    bits::Clear(words, kWords);
    bits::Put(words, 180, 12, static_cast<std::uint64_t>(record.cause));
    bits::Put(words, 174, 6, static_cast<std::uint64_t>(record.type));
    bits::Put(words, 150, 24, record.device_id);
    bits::Put(words, 130, 20, record.process_id);
    bits::Put(words, 129, 1, static_cast<std::uint64_t>(record.process_valid));
    bits::Put(words, 128, 1, static_cast<std::uint64_t>(record.priv));
    bits::Put(words, 64, 64, record.iotval);
    bits::Put(words, 0, 64, record.iotval2);
  }
};
template <>
inline constexpr auto kMessageFields<FaultReport> = std::to_array<MessageField>({{"cause", 12},
                                                                                 {"ttyp", 6},
                                                                                 {"device_id", 24},
                                                                                 {"process_id", 20},
                                                                                 {"process_valid", 1},
                                                                                 {"priv", 1},
                                                                                 {"iotval", 64},
                                                                                 {"iotval2", 64}});

namespace tests {

class GoldenIommuWave {
 public:
  explicit GoldenIommuWave(const std::string& path)
      : wave_(path, "TOP.tarn_iommu", tb::Simulation<Vtb_iommu>::kResetCycles),
        requests_(wave_.AddPort<DeviceRequest>("dev_req", wave::GoldenWave::Direction::kInput)),
        host_requests_(wave_.AddPort<HostRequest>("host_req", wave::GoldenWave::Direction::kOutput)),
        answers_(wave_.AddPort<LineResponse>("dev_rsp", wave::GoldenWave::Direction::kOutput)),
        faults_(wave_.AddPort<FaultReport>("device_fault_valid", "device_fault_ready", "device_fault")) {}

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
  void Fault(const iommu::FaultRecord& record, std::uint64_t cycle) {
    wave_.Put(faults_, FaultReport{.record = record}, cycle);
  }
  void Finish(std::uint64_t cycle) { wave_.Finish(cycle); }

 private:
  wave::GoldenWave wave_;
  wave::GoldenWave::Port requests_, host_requests_, answers_, faults_;
};

}  // namespace tests
}  // namespace tarn

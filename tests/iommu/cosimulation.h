// Random devices, tables, requests, invalidations and memory errors on the RTL, each request judged by the golden
// model.
//
// The model reads the very memory that the RTL walks. A round: change tables, invalidate what may be kept of them,
// fence, send requests, compare. In some rounds one entry changes while its requests are under way: until the fence
// is done either outcome is right, after it only the new one, and the fence may not pass an unanswered older request.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "models/common/random.h"
#include "models/iommu/iommu.h"
#include "tb/iommu/iommu_bench.h"

namespace tarn::tests {

struct CosimulationOptions {
  std::uint64_t seed = 1;
  std::uint64_t translations = 20000;
  tb::Plant plant = tb::Plant::kNone;
};

struct CosimulationCounts {
  std::uint64_t compared = 0, passed = 0, refused = 0, records = 0, changed_under_way = 0, cycles = 0;
  std::map<std::uint32_t, std::uint64_t> causes;  // of records
};

class Cosimulation {
 public:
  explicit Cosimulation(const CosimulationOptions& options);

  // Runs until all is compared, or the first failure.
  void Run();
  std::string FailureText() { return bench_.FailureText(); }
  const CosimulationCounts& counts() const { return counts_; }

 private:
  // The model's way to the memory under test.
  class SharedMemory : public iommu::HostMemory {
   public:
    explicit SharedMemory(const tb::LineMemory& memory) : memory_(memory) {}
    LineStatus Read(HostPhysAddr address, void* data, std::size_t size_bytes, bool& paged) override;
    LineStatus Write(HostPhysAddr, const void*, std::size_t) override { return LineStatus::kOk; }

   private:
    const tb::LineMemory& memory_;
  };

  struct Space {
    std::uint64_t root_ppn = 0;
    std::uint32_t pscid = 0;
    std::vector<std::pair<std::uint64_t, int>> pages;  // iova, level of its leaf
  };
  // One doubleword of a table, before and after; what drops the old one from the caches.
  struct Change {
    std::uint64_t address, before, after;
    std::array<std::uint64_t, 2> invalidation;
    std::uint64_t iova;  // a page that it maps
    std::size_t space;
  };
  struct Expectation {
    iommu::Translation now;
    std::optional<iommu::Translation> also;  // as right as `now`, while a change is under way
    bool before_fence = false;
    bool left = false;  // a host request was seen
    Line data{};        // what the host answers
  };

  void BuildWorld();
  void BuildSpace(Space& space, std::uint32_t pscid);
  void SetContext(std::uint32_t device_id);
  std::uint64_t RandomEntry(std::uint64_t iova, int level);
  Change RandomChange();
  void ChangeTables();
  void PlantErrors();
  void SetTimings();
  void Round();
  void RoundWithChange();
  void SendRandom(bool burst);
  DeviceRequest RandomRequest();
  void Expect(const DeviceRequest& request);
  iommu::Translation TranslateBefore(const Change& change, const DeviceRequest& request);
  void OnHostRequest(const HostRequest& request, const DeviceRequest& from);
  void OnAnswer(const LineResponse& answer, const DeviceRequest& from);
  void CompareRecords();
  bool SharesOrder(std::uint8_t older, const DeviceRequest& request) const;
  void Fail(const std::string& what, const DeviceRequest& request, const Expectation& expectation);

  static constexpr std::uint64_t kDirectoryPpn = tb::IommuBench::kDirectory >> 12;

  CosimulationOptions options_;
  Random random_;
  tb::IommuBench bench_;
  SharedMemory shared_;
  iommu::Iommu model_;
  CosimulationCounts counts_;
  std::uint32_t mode_ = 2;
  std::vector<std::uint32_t> devices_;
  std::map<std::uint32_t, std::size_t> space_of_;  // by device
  std::array<Space, 3> spaces_;
  std::vector<std::uint64_t> error_lines_;
  std::array<Expectation, 256> expected_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::deque<std::uint8_t>> order_;  // by device and line
  std::vector<std::pair<tb::FaultFields, tb::FaultFields>> records_;  // expected: either of two, mostly the same
  std::optional<Change> under_way_;
  std::optional<Change> focus_;  // most requests are for its page
};

}  // namespace tarn::tests

#include "tests/iommu/model_figures.h"

#include <chrono>
#include <vector>

#include "models/common/random.h"
#include "models/common/sparse_memory.h"
#include "models/iommu/iommu.h"
#include "models/iommu/iommu_registers.h"
#include "tb/iommu/world.h"
#include "tests/iommu/capabilities.h"

namespace tarn::tests {
namespace {

constexpr std::size_t kRequests = 1 << 14;  // different ones, one after the other and again

class PlainMemory : public iommu::HostMemory {
 public:
  LineStatus Read(HostPhysAddr address, void* data, std::size_t size_bytes, bool& /*paged*/) override {
    content.Read(address.value(), data, size_bytes);
    return LineStatus::kOk;
  }
  LineStatus Write(HostPhysAddr address, const void* data, std::size_t size_bytes) override {
    content.Write(address.value(), data, size_bytes);
    return LineStatus::kOk;
  }
  SparseMemory content;
};

std::vector<DeviceRequest> RandomRequests(const tb::World& world, Random& random) {
  std::vector<DeviceRequest> requests;
  while (requests.size() < kRequests) {
    const tb::Requester& requester = world.requesters()[random.Below(world.requesters().size())];
    const std::vector<tb::Target>& targets = world.targets(requester);
    if (targets.empty()) continue;
    const tb::Target& target = targets[random.Below(targets.size())];
    const std::uint64_t offset = target.spots.empty() ? 0 : target.spots[random.Below(target.spots.size())].offset;
    DeviceRequest request;
    request.op = random.Percent(60) ? Op::kRead : Op::kWrite;
    request.exec = random.Percent(20);
    request.device_id = world.devices()[requester.device].id;
    request.process_valid = requester.process_id.has_value();
    request.process_id = requester.process_id.value_or(0);
    request.addr = target.address + offset;
    request.first_of_burst = true;
    requests.push_back(request);
  }
  return requests;
}

}  // namespace

double MeasureRandomTranslationsPerSecond(std::uint64_t translations) {
  PlainMemory memory;
  const tb::World world({.capabilities = iommu::kEveryCapability, .directory_levels = 3},
                        [&memory](std::uint64_t address, std::uint64_t value, std::size_t size_bytes) {
                          memory.content.Write(address, &value, size_bytes);
                        });
  iommu::Iommu model({.capabilities = iommu::kEveryCapability}, memory, memory);
  model.Reset();
  model.WriteRegister64(iommu_registers::ddtp::kOffset,
                        world.directory_ppn() << 10 | static_cast<std::uint64_t>(iommu::Mode::kThreeLevel));
  Random random(1);
  const std::vector<DeviceRequest> requests = RandomRequests(world, random);
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t translation = 0; translation < translations; ++translation) {
    model.Translate(requests[translation % kRequests]);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return static_cast<double>(translations) / seconds.count();
}

}  // namespace tarn::tests

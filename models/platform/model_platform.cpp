#include "sw/hal/model_platform.h"

#include <cassert>
#include <cstring>
#include <utility>

#include "models/platform/node_platform.h"

namespace tarn::hal {
namespace {

constexpr std::uint64_t kLineCycles = 4;  // of the data bus, as the timing part counts a burst

class ModelPlatform : public platform::NodePlatform, public PagePort {
 public:
  using NodePlatform::NodePlatform;
  std::string name() const override { return "model"; }

  LineStatus MovePage(HostId host, bool write, HostPhysAddr address, Page& page) override;
  const std::uint8_t* DirectPage(HostId host, HostPhysAddr address) override {
    return node().pool().DirectPage(host, address, /*for_write=*/false);
  }
  void set_invalidate_listener(InvalidateListener listener) override {
    node().pool().set_invalidate_listener(std::move(listener));
  }

 private:
  LineStatus MoveLine(HostId host, bool write, HostPhysAddr address, std::uint8_t* line);

  DeviceRequest request_;
  LineResponse response_;
};

LineStatus ModelPlatform::MoveLine(HostId host, bool write, HostPhysAddr address, std::uint8_t* line) {
  request_.op = write ? Op::kWrite : Op::kRead;
  request_.addr = address.value();
  request_.mask = ~std::uint64_t{0};
  if (write) std::memcpy(request_.data.data(), line, kLineBytes);
  std::uint64_t answer_cycle = cycle();
  Perform(host, request_, response_, answer_cycle);
  PassUntil(answer_cycle);
  if (!write) std::memcpy(line, response_.data.data(), kLineBytes);
  return response_.status;
}

// The first line as any access, so that the page comes in and the policy sees it; the others where it stands then.
LineStatus ModelPlatform::MovePage(HostId host, bool write, HostPhysAddr address, Page& page) {
  assert(address.value() % kPageBytes == 0);
  if (node().quiesced()) return LineStatus::kRetry;
  LineStatus status = MoveLine(host, write, address, page.line(0));
  if (status != LineStatus::kOk) return status;
  std::uint8_t* const direct = node().pool().DirectPage(host, address, write);
  if (direct != nullptr) {
    constexpr std::uint32_t kRest = kPageBytes - kLineBytes;
    std::memcpy(write ? direct + kLineBytes : page.line(1), write ? page.line(1) : direct + kLineBytes, kRest);
    PassUntil(cycle() + (kLinesPerPage - 1) * kLineCycles);
    return LineStatus::kOk;
  }
  for (std::uint32_t line = 1; line < kLinesPerPage && status == LineStatus::kOk; ++line) {
    status = MoveLine(host, write, HostPhysAddr(address.value() + line * kLineBytes), page.line(line));
  }
  return status;
}

}  // namespace

Result<std::unique_ptr<Platform>> MakeModelPlatform(const PlatformOptions& options, const bulk::BulkConfig& bulk,
                                                    const std::string& bulk_description) {
  return std::unique_ptr<Platform>(std::make_unique<ModelPlatform>(options, bulk, bulk_description));
}

Result<PagedModelPlatform> MakePagedModelPlatform(const PlatformOptions& options,
                                                  std::shared_ptr<SlotMemory> slot_memory) {
  const std::string preset = options.bulk_preset.empty() ? "low-latency" : options.bulk_preset;
  const Result<bulk::BulkConfig> bulk = bulk::PresetByName(preset);
  if (!bulk.ok()) return bulk.status();
  auto platform = std::make_unique<ModelPlatform>(options, *bulk, preset, std::move(slot_memory));
  PagePort* const pages = platform.get();
  return PagedModelPlatform{.platform = std::move(platform), .pages = pages};
}

}  // namespace tarn::hal

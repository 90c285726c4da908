#include "sw/hal/identify.h"

#include <cstdint>
#include <utility>

#include "models/node/node_registers.h"

namespace tarn::hal {

Result<NodeParameters> IdentifyNode(Platform& platform) {
  namespace node = node_registers;
  const auto read = [&](std::uint32_t offset) { return platform.ReadRegister(Aperture::Management(), offset); };
  const Result<std::uint32_t> magic = read(node::id::kOffset);
  if (!magic.ok()) return magic.status();
  if (*magic != node::id::kReset) return Status::Error("the node does not identify itself as one");
  NodeParameters parameters;
  std::uint32_t iommus = 0;
  std::uint32_t segment_bytes = 0;
  std::uint32_t kilohertz = 0;
  std::uint32_t channels = 0;
  std::uint32_t modules = 0;
  const std::pair<std::uint32_t, std::uint32_t*> places[] = {{node::hosts::kOffset, &parameters.hosts},
                                                             {node::host_iommus::kOffset, &iommus},
                                                             {node::segment::kOffset, &segment_bytes},
                                                             {node::slots::kOffset, &parameters.slots},
                                                             {node::window::kOffset, &parameters.segments_per_host},
                                                             {node::clock::kOffset, &kilohertz},
                                                             {node::channels::kOffset, &channels},
                                                             {node::modules::kOffset, &modules},
                                                             {node::fast_rows::kOffset, &parameters.fast_rows},
                                                             {node::row_lines::kOffset, &parameters.row_lines}};
  for (const auto& [offset, value] : places) {
    const Result<std::uint32_t> word = read(offset);
    if (!word.ok()) return word.status();
    *value = *word;
  }
  parameters.segment_bytes = segment_bytes;
  parameters.clock_hz = std::uint64_t{kilohertz} * 1000;
  parameters.channels = node::channels::Count::Get(channels);
  parameters.has_slow_cells = node::modules::SlowReads::Get(modules) != 0;
  for (std::uint32_t host = 0; host < parameters.hosts; ++host) {
    parameters.host_has_iommu.push_back((iommus >> host & 1) != 0);
  }
  return parameters;
}

}  // namespace tarn::hal

// What AXI's answers say of a line access.
#pragma once

#include "models/common/axi_protocol.h"
#include "models/common/line_protocol.h"

namespace tarn {

// Poison, translation fault and timeout look the same on AXI: they are kPoison.
constexpr LineStatus StatusOf(AxiResp resp) {
  switch (resp) {
    case AxiResp::kOkay:
      return LineStatus::kOk;
    case AxiResp::kExokay:
      return LineStatus::kExclusiveOk;
    case AxiResp::kDecerr:
      return LineStatus::kAccessError;
    case AxiResp::kSlverr:
      break;
  }
  return LineStatus::kPoison;
}

}  // namespace tarn

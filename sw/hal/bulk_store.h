// What a platform's bulk device holds.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "models/bulk/bulk_store.h"
#include "sw/hal/factory.h"

namespace tarn::hal {

// The options' own store, or a new one that begins with their content.
inline std::shared_ptr<bulk::BulkStore> BulkStoreOf(const PlatformOptions& options) {
  if (options.bulk_store) return options.bulk_store;
  return std::make_shared<bulk::BulkStore>([content = options.initial_content](std::uint64_t number, Page& page) {
    content(LogicalPage(number), std::span<std::uint8_t, kPageBytes>(page.bytes));
  });
}

}  // namespace tarn::hal

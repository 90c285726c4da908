// Traces made for a test. Tests run side by side, each in a process of its own: files are named after the test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "models/common/random.h"
#include "sw/trace/writer.h"

namespace tarn::replay {

inline std::string WriteTrace(const std::string& name, const std::vector<trace::Access>& accesses) {
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  std::string file = std::string(test.test_suite_name()) + "-" + test.name() + "-" + name + ".tarntrace";
  std::ranges::replace(file, '/', '-');
  const std::string path = testing::TempDir() + file;
  Result<trace::Writer> writer = trace::Writer::Create(path, trace::Metadata{.source = "test"});
  EXPECT_TRUE(writer.ok());
  for (const trace::Access& access : accesses) EXPECT_TRUE(writer->Append(access).ok());
  EXPECT_TRUE(writer->Close(trace::Ending::kComplete).ok());
  return path;
}

inline constexpr std::uint64_t kRandomAccesses = 3000;

// Reads and writes over a few pages, each line used again and again.
inline std::string WriteRandomTrace(const std::string& name, std::uint64_t seed) {
  Random random(seed);
  std::vector<trace::Access> accesses;
  for (std::uint64_t i = 0; i < kRandomAccesses; ++i) {
    const std::uint64_t line = 0x4000000 / 64 + random.Below(8) * 1024 + random.Below(64);
    accesses.push_back({.line = line, .write = random.Percent(40)});
  }
  return WriteTrace(name, accesses);
}

}  // namespace tarn::replay

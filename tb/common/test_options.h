// What every test program takes beside GoogleTest's own options: --seed N and --waves FILE.
#pragma once

#include <cstdint>
#include <string>

namespace tarn::tb {

struct TestOptions {
  std::uint64_t seed = 1;
  std::string wave_file;
};

// The options of this process; set by the main function of tb/common/test_main.cpp.
const TestOptions& GetTestOptions();

// The command line that runs the present test again, with waves: for failure reports.
std::string ReplayCommand();

}  // namespace tarn::tb

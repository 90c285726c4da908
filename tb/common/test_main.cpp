#include <gtest/gtest.h>

#include <charconv>
#include <iostream>
#include <string>
#include <string_view>

#include "tb/common/test_options.h"

namespace tarn::tb {

namespace {

TestOptions options;       // set once in main, read after
std::string program_name;  // set once in main, read after

bool ParseSeed(std::string_view text) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), options.seed);
  return error == std::errc() && end == text.data() + text.size();
}

// Returns whether the words left over by GoogleTest are right.
bool ParseOwnOptions(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool has_value = i + 1 < argc;
    if (word == "--seed" && has_value && ParseSeed(argv[i + 1])) {
      ++i;
    } else if (word == "--waves" && has_value) {
      options.wave_file = argv[++i];
    } else {
      std::cerr << program_name << ": '" << word
                << "' is not known; besides --gtest_…, --seed N and --waves FILE are\n";
      return false;
    }
  }
  return true;
}

}  // namespace

const TestOptions& GetTestOptions() { return options; }

std::string ReplayCommand() {
  const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
  const std::string filter = test == nullptr ? "*" : std::string(test->test_suite_name()) + "." + test->name();
  return program_name + " --gtest_filter=" + filter + " --seed " + std::to_string(options.seed) +
         " --waves failure.fst";
}

}  // namespace tarn::tb

int main(int argc, char** argv) {
  tarn::tb::program_name = argv[0];
  testing::InitGoogleTest(&argc, argv);
  if (!tarn::tb::ParseOwnOptions(argc, argv)) return 2;
  std::cout << "seed " << tarn::tb::GetTestOptions().seed << "\n";
  return RUN_ALL_TESTS();
}

#include "tb/common/bench_main.h"

#include <cstring>
#include <fstream>
#include <iostream>
#include <string>

#include "tb/common/test_options.h"

// No test program: what tb/common/test_main.cpp would give.
namespace tarn::tb {
const TestOptions& GetTestOptions() {
  static const TestOptions kOptions;
  return kOptions;
}
std::string ReplayCommand() { return "the measuring program"; }
}  // namespace tarn::tb

int main(int argc, char** argv) {
  std::string output;
  bool quick = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      quick = true;
    } else if (std::strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
      output = argv[++i];
    } else {
      std::cerr << argv[i] << ": wants --json FILE [--quick]\n";
      return 2;
    }
  }
  const std::string text = tarn::tb::MeasureFigures(quick).dump(1) + "\n";
  std::cout << text;
  if (output.empty()) return 0;
  std::ofstream file(output);
  file << text;
  file.close();
  if (file) return 0;
  std::cerr << output << ": cannot be written\n";
  return 2;
}
